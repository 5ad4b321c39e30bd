import fc from "fast-check";
import type { Axis } from "../../shared/block/axes.ts";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import type { Boundary } from "../../shared/block/boundary.ts";
import { chunkRegion, gridShape } from "../../shared/block/chunk-grid.ts";
import { type DType, isBigInt, isFloat } from "../../shared/block/dtype.ts";
import { type ComputedArray, fromZarr, LazyArray } from "../../shared/index.ts";
import { FileStore } from "../../shared/storage/file.ts";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { coordinates, regionOfBlock } from "./pad.ts";
import { randomOf } from "./sample-data.ts";
import { putArray, SPEC } from "./zarr-store.ts";

export const boundaries: fc.Arbitrary<Boundary> = fc.oneof(
  fc.constantFrom<Boundary>("reflect", "mirror", "wrap", "nearest", "none"),
  fc.integer({ min: 0, max: 9 }).map((constant) => ({ constant })),
);

/** Random elements: small integers, or floats with fractions. */
export function randomBlock(dtype: DType, shape: readonly number[], seed: number): Block {
  const random = randomOf(seed * 7919 + 1);
  const block = newBlock(dtype, shape);
  for (let i = 0; i < block.data.length; i++) {
    const value = random() * 200;
    const whole = dtype === "bool" ? Number(value < 100) : Math.floor(value);
    block.data[i] = (
      isFloat(dtype) ? value - 100 : isBigInt(dtype) ? BigInt(whole) : dtype === "int8" ? whole - 100 : whole
    ) as never;
  }
  return block;
}

/** A mask with about this share of foreground. */
export function randomMask(shape: readonly number[], share: number, seed: number): Block {
  const random = randomOf(seed * 104_729 + 1);
  const block = newBlock("bool", shape);
  for (let i = 0; i < block.data.length; i++) block.data[i] = Number(random() < share);
  return block;
}

let written = 0;

/** Stores a block as a Zarr array in a folder of its own, and opens it; `axes` are given to it as an image's would be. */
export async function lazyOf(
  folder: string,
  block: Block,
  chunkShape: readonly number[],
  options: { readonly axes?: readonly Axis[]; readonly spec?: Partial<ArraySpec> } = {},
): Promise<LazyArray> {
  const uri = `${folder}/in-${written++}.zarr`;
  await storeBlock(uri, block, chunkShape, options.spec);
  const opened = await fromZarr(uri);
  return options.axes ? new LazyArray({ ...opened.node, axes: options.axes } as typeof opened.node) : opened;
}

/** Writes a block as a Zarr array at a path. */
export async function storeBlock(
  uri: string,
  block: Block,
  chunkShape: readonly number[],
  more: Partial<ArraySpec> = {},
): Promise<void> {
  const spec: ArraySpec = { ...SPEC, shape: block.shape, dtype: block.dtype, chunkShape, ...more };
  const unit = spec.shardShape ?? chunkShape;
  const objects = [...coordinates(gridShape(block.shape, unit))]
    .map((coords) => [coords, chunkRegion(block.shape, unit, coords)] as const)
    .filter(([, region]) => sizeOf(region.shape) > 0)
    .map(([coords, region]) => [coords, regionOfBlock(block, region)] as const);
  await putArray(new FileStore(uri), "", spec, objects);
}

/** A computed array as a block, to compare. */
export function asBlock({ dtype, shape, data }: ComputedArray): Block {
  return { dtype, shape, data };
}
