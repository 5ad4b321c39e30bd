import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { unitName } from "../formats/ngff/units.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openZarrArray } from "../zarr/read.ts";

/** Coordinates of more elements than this are left in the store. */
const MOST_COORDINATES = 2 ** 17;

/**
 * The axes of a plain array with what lies beside it, as xarray stores it: a 1-D array of a dimension's name and length holds its
 * coordinates, numbers or labels. Even and ascending ones become scale and translation; its `units` the axis's unit where it is one.
 * Throws ZARR_METADATA where there are coordinates that can't be read.
 */
export async function withCoordinates(
  store: ObjectStore,
  path: string,
  axes: readonly Axis[],
  shape: readonly number[],
): Promise<Axis[]> {
  const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  return Promise.all(
    axes.map(async (axis, i) => {
      const key = joinKey(parent, axis.name);
      const beside = path !== "" && key !== path && isName(axis.name) && !/^dim_\d+$/.test(axis.name);
      const found = beside ? await read(store, key, shape[i]!) : undefined;
      return found ? located(axis, found) : axis;
    }),
  );
}

function isName(name: string): boolean {
  return !/[/\\]/.test(name) && name !== "." && name !== ".." && !name.startsWith("__");
}

interface Found {
  readonly values: readonly (number | string)[];
  readonly unit: string | undefined;
}

async function read(store: ObjectStore, path: string, n: number): Promise<Found | undefined> {
  if (n > MOST_COORDINATES || !(await isThere(store, path))) return undefined;
  try {
    const { get, open, root } = await import("zarrita");
    const files = { get: (key: string) => store.get(key.replace(/^\//, "")) };
    const array = await open(root(files).resolve(`/${path}`), { kind: "array" });
    const [chunk] = array.chunks;
    if (array.shape.length !== 1 || array.shape[0] !== n || chunk! > 8 * MOST_COORDINATES) return undefined;
    const { data } = await get(array);
    const units = array.attrs["units"];
    return {
      values: Array.from(data as Iterable<unknown>, (value) =>
        typeof value === "string" ? value : Number(value),
      ),
      unit: typeof units === "string" ? unitName(units) : undefined,
    };
  } catch (error) {
    throw new LamellaError(
      "ZARR_METADATA",
      `${store.uri}#${path} holds the coordinates of axis ${path.split("/").at(-1)}, but can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "Repair it, or remove it: without it the axis counts its elements.", cause: error },
    );
  }
}

/** Whether there is an array at all; of a group, or of nothing, there are no coordinates. */
async function isThere(store: ObjectStore, path: string): Promise<boolean> {
  return openZarrArray(store, path).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof LamellaError)) throw error;
      // An array of strings is one that Lamella doesn't compute with.
      return error.code !== "NOT_FOUND" && error.code !== "NOT_ZARR";
    },
  );
}

function located(axis: Axis, { values, unit }: Found): Axis {
  const named = unit === undefined ? axis : { ...axis, unit };
  const [first, second] = values;
  const step = typeof first === "number" && typeof second === "number" ? second - first : Number.NaN;
  const even =
    step > 0 &&
    values.every(
      (value, i) =>
        typeof value === "number" &&
        Math.abs(value - ((first as number) + i * step)) <= 1e-9 * step * values.length,
    );
  return even ? { ...named, scale: step, translation: first as number } : { ...named, coordinates: values };
}
