import type { Axis } from "../../block/axes.ts";
import { isRecord } from "./attributes.ts";

/**
 * The axes of a plain Zarr array: named by v3's `dimension_names`, else by xarray's `_ARRAY_DIMENSIONS`, else
 * dim_0, dim_1, ... (also where a name is missing or was there before). Types are absent, scales 1.
 */
export function plainAxes(rank: number, dimensionNames?: unknown, attributes?: unknown): Axis[] {
  const ofXarray = isRecord(attributes) ? attributes["_ARRAY_DIMENSIONS"] : undefined;
  const names = namesOf(dimensionNames, rank) ?? namesOf(ofXarray, rank) ?? [];
  return Array.from({ length: rank }, (_, i) => {
    const name = names[i];
    const isNew = typeof name === "string" && name !== "" && names.indexOf(name) === i;
    return { name: isNew ? name : `dim_${i}`, scale: 1, translation: 0 };
  });
}

function namesOf(value: unknown, rank: number): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length === rank ? value : undefined;
}
