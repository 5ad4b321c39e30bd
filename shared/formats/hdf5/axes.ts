import type { Axis } from "../../block/axes.ts";
import { isRecord } from "../ngff/attributes.ts";
import { typeOfName } from "../ngff/axes.ts";
import { unitName } from "../ngff/units.ts";
import type { Hdf5File } from "./file.ts";

/** Dimension scales of more elements than this are left in the file. */
const MOST_COORDINATES = 2 ** 17;
const USUAL = "tczyx";

/**
 * The axes of a dataset: named by its dimension labels and scales (h5py, netCDF-4), or by vigra's and ilastik's `axistags`; sized by evenly
 * spaced scales, or by `element_size_um` (ImageJ's HDF5 plugins, PlantSeg). Plain where there is none of these: dim_0, dim_1, ...
 */
export async function hdf5Axes(file: Hdf5File, path: string, shape: readonly number[]): Promise<Axis[]> {
  const rank = shape.length;
  if (rank === 0) return [];
  const dimensions = await file.dimensions(path, rank);
  const tags = tagNames(await file.attribute(path, "axistags"), rank);
  const named = dimensions.map(({ label, scale }, i) => tags?.[i] ?? label ?? scale?.split("/").at(-1));
  const sizes = await elementSizes(file, path);
  const names = named.map(
    (name, i) => name ?? (sizes ? USUAL.charAt(USUAL.length - rank + i) || undefined : undefined),
  );
  return Promise.all(
    shape.map(async (n, i): Promise<Axis> => {
      const fromEnd = rank - i;
      const size = sizes && fromEnd <= sizes.length ? sizes[sizes.length - fromEnd] : undefined;
      const name = names[i];
      const isNew = name !== undefined && names.indexOf(name) === i;
      const type = isNew ? typeOfName(name) : undefined;
      const spacing =
        size === undefined
          ? await spacingOf(file, dimensions[i]!.scale, n)
          : { scale: size, unit: "micrometer" };
      return {
        name: isNew ? name : `dim_${i}`,
        ...(type === undefined ? {} : { type }),
        scale: 1,
        translation: 0,
        ...spacing,
      };
    }),
  );
}

/** vigra's: {"axes": [{"key": "z"}, ...]}, as text. */
function tagNames(value: unknown, rank: number): string[] | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const axes: unknown = (JSON.parse(value) as { axes?: unknown }).axes;
    const names = Array.isArray(axes) ? axes.map((axis) => (isRecord(axis) ? axis["key"] : undefined)) : [];
    return names.length === rank && names.every((name) => typeof name === "string")
      ? (names as string[])
      : undefined;
  } catch {
    return undefined;
  }
}

/** z, y, x in micrometres. */
async function elementSizes(file: Hdf5File, path: string): Promise<number[] | undefined> {
  const value = await file.attribute(path, "element_size_um");
  const isSize = Array.isArray(value) && value.length > 0 && value.length <= 3;
  return isSize && value.every((each) => typeof each === "number" && each > 0)
    ? (value as number[])
    : undefined;
}

async function spacingOf(
  file: Hdf5File,
  scale: string | undefined,
  n: number,
): Promise<{ scale: number; translation: number; unit?: string } | undefined> {
  if (scale === undefined || n > MOST_COORDINATES || n === 0) return undefined;
  const values = await file.numbers(scale, n).catch(() => undefined);
  if (!values) return undefined;
  const step = n > 1 ? (values[n - 1]! - values[0]!) / (n - 1) : 1;
  const isEven =
    step > 0 && values.every((value, i) => Math.abs(value - (values[0]! + i * step)) <= 1e-6 * step);
  if (!isEven) return undefined;
  const units = await file.attribute(scale, "units");
  const unit = typeof units === "string" ? unitName(units) : undefined;
  return { scale: step, translation: values[0]!, ...(unit === undefined ? {} : { unit }) };
}
