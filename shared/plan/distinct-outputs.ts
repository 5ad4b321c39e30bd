import { LamellaError } from "../errors.ts";
import type { PlanOutput } from "./schema.ts";

/** No output lies in another: the one would clear the other. But labels lie in their image. Throws INVALID_PIPELINE naming both. */
export function checkDistinct(outputs: Record<string, PlanOutput>): void {
  const places = Object.entries(outputs).map(([name, output]) => ({
    name,
    output,
    place: `${output.uri.replace(/\/+$/, "")}/${output.table ? `${output.table.key}/` : output.root === "" ? "" : `${output.root}/`}`,
  }));
  for (const one of places) {
    for (const other of places) {
      if (one === other || !one.place.startsWith(other.place)) continue;
      const labels =
        one.output.layout === "labels" &&
        other.output.layout !== "labels" &&
        one.output.uri === other.output.uri;
      if (labels && one.place !== other.place) continue;
      const same = one.place === other.place;
      throw new LamellaError(
        "INVALID_PIPELINE",
        same
          ? `outputs ${other.name} and ${one.name} both write ${one.output.shown}`
          : `output ${one.name} (${one.output.shown}) lies in output ${other.name} (${other.output.shown})`,
        { hint: "Give each output a place of its own." },
      );
    }
  }
}
