import * as z from "zod";
import { newBlock, sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema, spatialAxes } from "../per-axis.ts";
import { linearDType } from "../separable.ts";
import { binTable, mixtures, placesOf, type Tiling, tileEntries, tilingOf } from "./clahe.ts";
import {
  type Equalising,
  equalizedReference,
  mapAll,
  refuseBeyond,
  shiftOf,
  stretchTable,
  uint16Reference,
} from "./clahe-reference.ts";
import { roundingOf } from "./combine.ts";
import { subBlock } from "./sub-block.ts";

interface ClaheExports {
  asUint16(dtype: number, src: number, dst: number, n: number, shift: number): number;
  extremesOfUint16(src: number, n: number): number;
  lookUp(size: number, table: number, src: number, dst: number, n: number): void;
  countTiles(
    src: number,
    axes: number,
    shape: number,
    extended: number,
    places: number,
    tiles: number,
    counts: number,
    indices: number,
  ): void;
  interpolateTiles(
    image: number,
    axes: number,
    shape: number,
    low: number,
    high: number,
    shares: number,
    maps: number,
    indices: number,
  ): void;
  lookUpFloats(dtype: number, src: number, n: number, low: number, table: number, dst: number): void;
}

const schema = z.strictObject({
  kernelSize: perAxisSchema(z.int().positive())
    .optional()
    .describe(
      "Elements of a tile per axis; by default an eighth of the block's. Axes without are images of their own",
    ),
  clipLimit: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe("The share of a tile's elements that a bin may have: more gives more contrast, 0 is no limit"),
  nbins: z.int().min(2).max(16384).default(256).describe("Bins of the histograms"),
});

interface Resolved extends Equalising {
  /** The axes of an image: the last ones. */
  readonly images: number;
  /** Of those; absent: an eighth of the block's. */
  readonly kernelSize?: readonly number[];
}

/**
 * Contrast limited adaptive histogram equalisation: each element by the histograms of the tiles around it, from 0 to 1.
 * Gives float32 for bool, integers up to 16 bits, float16 and float32, else float64. Floats must lie within -1 to 1, and
 * negative elements count as 0. Equals skimage.exposure.equalize_adapthist.
 */
export const equalizeAdapthistKernel: Kernel<z.output<typeof schema>> = {
  name: "equalizeAdapthist",
  summary: "Contrast limited adaptive histogram equalisation (CLAHE)",
  equals: "skimage.exposure.equalize_adapthist",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ kernelSize, clipLimit, nbins }, { axes }) {
    const spatial = spatialAxes(axes).map((is) => (is ? 1 : 0));
    const sizes =
      kernelSize === undefined
        ? spatial
        : expandPerAxis(kernelSize as PerAxis<number>, axes, {
            parameter: "equalizeAdapthist's kernelSize",
            neutral: 0,
          });
    const first = sizes.findIndex((size) => size > 0);
    const own = first < 0 ? [] : sizes.slice(first);
    if (own.length === 0 || own.includes(0)) {
      throw new LamellaError(
        "INVALID_ARGS",
        "equalizeAdapthist works on images whose axes are the last ones",
        {
          hint: "Transpose first, so that the axes with a kernel size come last.",
        },
      );
    }
    const images = own.length;
    return kernelSize === undefined
      ? { images, clipLimit, nbins }
      : { images, kernelSize: own, clipLimit, nbins };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args, ndim) {
    const first = ndim - resolved(args).images;
    return {
      kind: "wholeBlock",
      axes: Array.from({ length: ndim }, (_, axis) => axis >= first),
      instead: "rechunk first, so that a chunk holds an image",
    };
  },

  scratchBytes(shape, _inputs, args) {
    if (sizeOf(shape) === 0) return 0;
    const tiling = tilingFor(shape, resolved(args));
    return 2 * sizeOf(tiling.shape) + layoutOf(tiling, resolved(args).nbins).bytes + 6 * 65536 + 512;
  },

  costPerElement(args) {
    return 12 + 5 * 2 ** resolved(args).images;
  },

  run(heap, [input], args) {
    const r = resolved(args);
    const dtype = linearDType(input!.dtype);
    const output = heap.alloc(dtype, input!.shape);
    if (output.data.length === 0) return output;
    const tiling = tilingFor(input!.shape, r);
    const count = sizeOf(tiling.shape);
    const scratch = heap.allocBytes(layoutOf(tiling, r.nbins).bytes);
    const image = heap.alloc("uint16", tiling.shape);
    try {
      for (let start = 0; start < output.data.length; start += count) {
        toUint16(heap, subBlock(heap, input!, start, tiling.shape), image);
        equalize(heap, image, tiling, r, scratch);
        stretch(heap, image, subBlock(heap, output, start, tiling.shape));
      }
    } catch (error) {
      heap.free(output);
      throw error;
    } finally {
      heap.free(image);
      heap.freeBytes(scratch);
    }
    return output;
  },

  reference([input], args) {
    const r = resolved(args);
    const result = newBlock(linearDType(input!.dtype), input!.shape);
    if (result.data.length === 0) return result;
    const tiling = tilingFor(input!.shape, r);
    const count = sizeOf(tiling.shape);
    for (let start = 0; start < result.data.length; start += count) {
      const part = { ...input!, shape: [count], data: input!.data.slice(start, start + count) };
      const image = equalizedReference(uint16Reference(part), tiling, r);
      const [low, high] = [Math.min(...image), Math.max(...image)];
      const table = stretchTable(low, high, roundingOf(result));
      for (const [i, x] of image.entries()) result.data[start + i] = table[x]!;
    }
    return result;
  },
};

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}

function tilingFor(shape: readonly number[], { images, kernelSize }: Resolved): Tiling {
  const own = shape.slice(shape.length - images);
  return tilingOf(own, kernelSize ?? own.map((n) => Math.max(1, n >> 3)));
}

/** Where the tables lie in the scratch memory. */
function layoutOf(tiling: Tiling, nbins: number) {
  const axes = tiling.shape.length;
  const entries = tiling.counts.reduce((a, b) => a * b, nbins);
  const along = tiling.shape.reduce((a, b) => a + b, 0);
  const extended = tiling.extended.reduce((a, b) => a + b, 0);
  const sizes = [
    ["shape", 4 * axes],
    ["extended", 4 * axes],
    ["indices", 4 * axes],
    ["places", 4 * extended],
    ["tiles", 4 * extended],
    ["low", 4 * along],
    ["high", 4 * along],
    ["shares", 8 * along],
    ["counts", 4 * entries],
    ["maps", 8 * entries],
    ["bins", 2 * 65536],
  ] as const;
  const at = {} as { [name in (typeof sizes)[number][0]]: number };
  let bytes = 0;
  for (const [name, size] of sizes) {
    at[name] = bytes;
    bytes += aligned(size);
  }
  return { at, bytes, entries };
}

/** Replaces an image of uint16 by the grey levels that its tiles make of it. */
function equalize(heap: Heap, image: HeapBlock, tiling: Tiling, r: Resolved, scratch: number): void {
  const { extremesOfUint16, lookUp, countTiles, interpolateTiles } = heap.exports as unknown as ClaheExports;
  const { at, entries } = layoutOf(tiling, r.nbins);
  const { buffer } = heap.memory;
  const n = image.data.length;
  const axes = tiling.shape.length;
  const found = extremesOfUint16(image.ptr, n) >>> 0;
  new Uint16Array(buffer, scratch + at.bins, 65536).set(binTable(found & 0xffff, found >>> 16, r.nbins));
  lookUp(2, scratch + at.bins, image.ptr, image.ptr, n);
  const put = (where: number, values: readonly number[]) =>
    new Uint32Array(buffer, scratch + where, values.length).set(values);
  put(at.shape, tiling.shape);
  put(at.extended, tiling.extended);
  put(at.places, placesOf(tiling));
  put(at.tiles, tileEntries(tiling, r.nbins));
  const { low, high, shares } = mixtures(tiling, r.nbins);
  put(at.low, low);
  put(at.high, high);
  new Float64Array(buffer, scratch + at.shares, shares.length).set(shares);
  const counts = new Uint32Array(buffer, scratch + at.counts, entries).fill(0);
  countTiles(
    image.ptr,
    axes,
    scratch + at.shape,
    scratch + at.extended,
    scratch + at.places,
    scratch + at.tiles,
    scratch + at.counts,
    scratch + at.indices,
  );
  const maps = new Float64Array(buffer, scratch + at.maps, entries);
  maps.set(counts);
  mapAll(maps, tiling, r);
  interpolateTiles(
    image.ptr,
    axes,
    scratch + at.shape,
    scratch + at.low,
    scratch + at.high,
    scratch + at.shares,
    scratch + at.maps,
    scratch + at.indices,
  );
}

function toUint16(heap: Heap, part: HeapBlock, image: HeapBlock): void {
  const { asUint16 } = heap.exports as unknown as ClaheExports;
  const beyond = asUint16(dtypeCode(part.dtype), part.ptr, image.ptr, part.data.length, shiftOf(part));
  if (beyond) refuseBeyond();
}

/** From 0 to 1. */
function stretch(heap: Heap, image: HeapBlock, to: HeapBlock): void {
  const { extremesOfUint16, lookUpFloats } = heap.exports as unknown as ClaheExports;
  const n = image.data.length;
  const found = extremesOfUint16(image.ptr, n) >>> 0;
  const table = stretchTable(found & 0xffff, found >>> 16, roundingOf(to));
  if (to.dtype === "float32") {
    const held = heap.alloc("float32", [65536]);
    (held.data as Float32Array).set(table);
    lookUpFloats(dtypeCode("uint16"), image.ptr, n, 0, held.ptr, to.ptr);
    heap.free(held);
    return;
  }
  for (let i = 0; i < n; i++) to.data[i] = table[image.data[i] as number]!;
}
