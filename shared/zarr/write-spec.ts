import { sizeOf } from "../block/block.ts";
import { isBigInt, itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { chunkKeyOf } from "./chunk-key.ts";
import { fillBytes, parseFillValue } from "./fill-value.ts";
import type { ArraySpec, CodecSpec } from "./spec.ts";

/** A blosc frame's sizes are int32, header included. */
const MAX_WRITTEN_CHUNK_BYTES = 2 ** 31 - 17;

/** The key of the object (chunk, or shard) at `coords`, relative to the array: "c/0/1" in v3, "0/1" in v2. */
export function chunkKey(spec: ArraySpec, coords: readonly number[]): string {
  return chunkKeyOf({ encoding: spec.zarrFormat === 3 ? "default" : "v2", separator: "/" }, coords);
}

/** The shape of one stored object: the shard where there are shards, else the chunk. */
export function objectShapeOf(spec: ArraySpec): readonly number[] {
  return spec.shardShape ?? spec.chunkShape;
}

/** The spec's fill value. Throws INVALID_ARGUMENT where the dtype has no such value. */
export function fillValueOf(spec: ArraySpec): number | bigint {
  const value = parseFillValue(spec.fillValue, spec.dtype);
  if (value === undefined)
    throw invalidSpec(`fill value ${JSON.stringify(spec.fillValue)} is no ${spec.dtype}`);
  return isBigInt(spec.dtype) ? BigInt(value) : value;
}

/** The bytes of one fill element: NaN is the canonical quiet one. */
export function fillBits(spec: ArraySpec): Uint8Array {
  return fillBytes(fillValueOf(spec), spec.dtype);
}

/** Throws INVALID_ARGUMENT for a spec that no array can have. */
export function checkSpec(spec: ArraySpec): void {
  const { shape, chunkShape, shardShape, dimensionNames } = spec;
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0)) throw invalidSpec(`shape [${shape.join(", ")}]`);
  checkGrid("chunks", chunkShape, shape.length);
  if (shardShape) {
    checkGrid("shards", shardShape, shape.length);
    if (spec.zarrFormat === 2) throw invalidSpec("Zarr v2 has no shards");
    if (shardShape.some((n, axis) => n % chunkShape[axis]! !== 0)) {
      throw invalidSpec(
        `shards [${shardShape.join(", ")}] are no multiple of chunks [${chunkShape.join(", ")}]`,
      );
    }
  }
  const bytes = sizeOf(chunkShape) * itemSize(spec.dtype);
  if (bytes > MAX_WRITTEN_CHUNK_BYTES) throw invalidSpec(`a chunk of ${bytes} bytes is larger than 2 GiB`);
  if (dimensionNames && dimensionNames.length !== shape.length) {
    throw invalidSpec(`${dimensionNames.length} dimension names for ${shape.length} axes`);
  }
  checkLevel(spec.codec);
  fillValueOf(spec);
}

function checkGrid(what: string, grid: readonly number[], ndim: number): void {
  if (grid.length !== ndim) throw invalidSpec(`${what} [${grid.join(", ")}] for ${ndim} axes`);
  if (grid.some((n) => !Number.isSafeInteger(n) || n < 1)) throw invalidSpec(`${what} [${grid.join(", ")}]`);
}

function checkLevel(codec: CodecSpec): void {
  if (codec.name === "none") return;
  const [least, most] = codec.name === "zstd" ? [-131_072, 22] : [0, 9];
  if (!Number.isInteger(codec.level) || codec.level < least || codec.level > most) {
    throw invalidSpec(`${codec.name} level ${codec.level} is not in ${least} to ${most}`);
  }
}

function invalidSpec(what: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `such a Zarr array cannot be written: ${what}`, {
    hint: "Correct the chunks, shards, codec or fill value of the output.",
  });
}
