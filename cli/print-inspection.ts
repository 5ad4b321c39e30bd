import { stringify } from "yaml";
import type { Inspection } from "../shared/inspect/inspect.ts";

/** An inspection on stdout: as YAML for people, short lists on one line; as one JSON document with --json. */
export function printInspection(inspection: Inspection, flags: { readonly json?: boolean }): void {
  if (flags.json) process.stdout.write(`${JSON.stringify(inspection)}\n`);
  else process.stdout.write(stringify(compact(inspection), { lineWidth: 0, flowCollectionPadding: false }));
}

/** Lists of numbers and names as "16 x 512 x 512" or "z, y, x": what people read at a glance. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((n) => typeof n === "number")) return value.join(" x ");
    return value.map(compact);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, compact(v)]));
}
