import { LamellaError } from "../../errors.ts";
import { hintOfNames } from "../../nearest-name.ts";
import type { Control } from "./controls.ts";

export type Values = ReadonlyMap<string, number>;

/** Reads `{"values": {ID: number}}` over the values that hold now. Throws INVALID_ARGUMENT. */
export function readValues(body: unknown, controls: readonly Control[], now: Values): Map<string, number> {
  const given = (body as { values?: unknown } | null)?.values;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new LamellaError("INVALID_ARGUMENT", "the body has no values", {
      hint: '{"values": {"smooth.args.sigma": 2}}',
    });
  const values = new Map(now);
  for (const [id, value] of Object.entries(given)) {
    const control = controls.find((each) => each.id === id);
    if (!control) {
      throw new LamellaError("INVALID_ARGUMENT", `there is no control ${JSON.stringify(id)}`, {
        hint: hintOfNames(
          id,
          controls.map((each) => each.id),
        ),
      });
    }
    if (
      typeof value !== "number" ||
      !Number.isFinite(value) ||
      (control.isInteger && !Number.isInteger(value))
    )
      throw new LamellaError("INVALID_ARGUMENT", `${id} takes a ${control.isInteger ? "whole " : ""}number`, {
        hint: `Such as ${control.isInteger ? 3 : 1.5}.`,
      });
    // Several steps may take the same parameter.
    for (const each of controls)
      if (each.id === id || (control.param !== undefined && each.param === control.param))
        values.set(each.id, value);
  }
  return values;
}

/** The document with these values in it. */
export function withValues(document: unknown, controls: readonly Control[], values: Values): unknown {
  const changed = structuredClone(document);
  for (const { id, path } of controls) {
    const value = values.get(id);
    if (value === undefined) continue;
    let at = changed as { [key: string | number]: unknown };
    for (const name of path.slice(0, -1)) at = at[name] as typeof at;
    at[path.at(-1)!] = value;
  }
  return changed;
}
