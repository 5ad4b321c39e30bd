import type { Axis } from "../block/axes.ts";
import type { Block } from "../block/block.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import type { DType } from "../block/dtype.ts";
import { release } from "../block/release.ts";
import { LamellaError } from "../errors.ts";
import { asImageAxes } from "../formats/ngff/axes.ts";

const NAMES = ["t", "c", "z", "y", "x"] as const;

/** For each of T, C, Z, Y, X the axis of the array that it is; undefined where the array has none. */
export type AxisPlaces = readonly (number | undefined)[];

/**
 * Where an image's axes belong in TCZYX: plain arrays by their last axes, images by type, those of space from the last.
 * Throws SHAPE_MISMATCH for what has more axes, or others.
 */
export function axisPlaces(axes: readonly Axis[], label: string): AxisPlaces {
  const typed = imageAxes(axes, label);
  const space = typed.flatMap((axis, i) => (axis.type === "space" ? [i] : []));
  const names = space.map((i) => typed[i]!.name.toLowerCase());
  const expected = NAMES.slice(5 - space.length);
  // Space in the order x, y would be written transposed.
  if (
    names.every((name) => (NAMES as readonly string[]).includes(name)) &&
    names.join() !== expected.join()
  ) {
    throw mismatch(label, `its axes of space are in the order ${names.join(", ")}`);
  }
  const only = (type: Axis["type"]) => typed.findIndex((axis) => axis.type === type);
  return [
    only("time"),
    only("channel"),
    space.length === 3 ? space[0]! : -1,
    space.at(-2)!,
    space.at(-1)!,
  ].map((i) => (i < 0 ? undefined : i));
}

/** The axes of an image as all of T, C, Z, Y, X. */
export function tczyxAxes(axes: readonly Axis[], places: AxisPlaces): Axis[] {
  return NAMES.map((name, i) => {
    const place = places[i];
    const type = name === "t" ? "time" : name === "c" ? "channel" : "space";
    return place === undefined ? { name, type, scale: 1, translation: 0 } : { ...axes[place]!, name, type };
  });
}

/** The dtype that a TIFF's samples have for an array's: bool as uint8, float16 as float32; both hold every value. */
function fileDType(dtype: DType): DType {
  return dtype === "bool" ? "uint8" : dtype === "float16" ? "float32" : dtype;
}

/** An array with any of the axes T, C, Z, Y, X as one with all of them, in the dtype of a TIFF's samples. */
export class TczyxSource implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly #inner: ChunkedSource;
  readonly #places: AxisPlaces;

  constructor(inner: ChunkedSource, places: AxisPlaces) {
    this.#inner = inner;
    this.#places = places;
    this.label = inner.label;
    this.shape = this.#spread(inner.shape);
    this.chunkShape = this.#spread(inner.chunkShape);
    this.dtype = fileDType(inner.dtype);
    this.fillValue = inner.fillValue;
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block | undefined> {
    const inner = new Array<number>(this.#inner.shape.length).fill(0);
    for (const [i, place] of this.#places.entries()) if (place !== undefined) inner[place] = coords[i]!;
    const block = await this.#inner.readChunk(inner, signal);
    if (!block) return undefined;
    const shape = this.#spread(block.shape);
    if (block.dtype !== "float16") return { dtype: this.dtype, shape, data: block.data };
    const data = Float32Array.from(block.data as Float16Array);
    release(block.data);
    return { dtype: this.dtype, shape, data };
  }

  #spread(lengths: readonly number[]): number[] {
    return this.#places.map((place) => (place === undefined ? 1 : lengths[place]!));
  }
}

function imageAxes(axes: readonly Axis[], label: string): Axis[] {
  if (axes.length === 1) throw mismatch(label, "it has a single axis");
  try {
    return asImageAxes(axes);
  } catch (error) {
    if (error instanceof LamellaError)
      throw mismatch(label, `its axes are ${axes.map((a) => a.name).join(", ")}`);
    throw error;
  }
}

function mismatch(label: string, why: string): LamellaError {
  return new LamellaError("SHAPE_MISMATCH", `${label} can't be written as OME-TIFF: ${why}`, {
    hint: "An OME-TIFF has axes of t, c, z, y, x in this order: transpose, slice or stack it with `lamella run` first.",
    details: { uri: label },
  });
}
