import { type Block, sizeOf } from "../block/block.ts";
import { allocate, bytesOf, isBigInt, itemSize, type TypedArray } from "../block/dtype.ts";
import { release } from "../block/release.ts";
import { LamellaError } from "../errors.ts";
import type { Heap } from "../kernels/heap.ts";
import { allocateBytes } from "../storage/bytes.ts";
import { copyBox } from "./box.ts";
import { encodeBlosc } from "./codecs/blosc-encode.ts";
import { crc32c } from "./codecs/crc32c.ts";
import { gzipCompress } from "./codecs/native.ts";
import { encodeZstdElements } from "./codecs/zstd-encode.ts";
import type { ArraySpec } from "./spec.ts";
import { fillBits, fillValueOf } from "./write-spec.ts";

/**
 * The stored bytes of one chunk (an inner chunk where there are shards). A block smaller than the chunk, at the
 * array's end, is padded with the fill value. Undefined where every element has the fill value's bits: such a chunk is
 * not stored. The same block gives the same bytes. With `heap`, scratch is taken from there, and a block that lives
 * there isn't copied first. Throws SHAPE_MISMATCH for a block of another dtype, or larger than the chunk.
 */
export function encodeChunk(spec: ArraySpec, block: Block, heap?: Heap): Uint8Array | undefined {
  checkBlock(spec, block, spec.chunkShape);
  if (isFill(block, fillBits(spec))) return undefined;
  const whole = block.shape.every((n, axis) => n === spec.chunkShape[axis]);
  const bytes = bytesOf(whole ? block.data : padded(spec, block));
  const packed = compress(spec, bytes, heap, whole && heap ? block.ptr : undefined);
  return spec.checksum ? summed(packed, heap) : packed;
}

function summed(packed: Uint8Array, heap?: Heap): Uint8Array {
  const bytes = allocateBytes(packed.byteLength + 4);
  bytes.set(packed);
  new DataView(bytes.buffer).setUint32(packed.byteLength, crc32c(packed, heap), true);
  release(packed);
  return bytes;
}

/** Throws SHAPE_MISMATCH where the block doesn't fit an object of `most` elements per axis. */
export function checkBlock(spec: ArraySpec, block: Block, most: readonly number[]): void {
  const fits = block.shape.length === most.length && block.shape.every((n, axis) => n <= most[axis]!);
  if (fits && block.dtype === spec.dtype && block.data.length === sizeOf(block.shape)) return;
  throw new LamellaError(
    "SHAPE_MISMATCH",
    `a block of [${block.shape.join(", ")}] ${block.dtype} (${block.data.length} elements) doesn't fit chunks of [${most.join(", ")}] ${spec.dtype}`,
    { hint: "This is a defect of Lamella: please report it." },
  );
}

/** Whether every element has these bits. Comparing the bytes with themselves, shifted by an element, is memcmp's work. */
function isFill(block: Block, bits: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = bytesOf(block.data);
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (byteLength === 0) return true;
  return (
    bytes.subarray(0, bits.byteLength).equals(bits) &&
    bytes.subarray(bits.byteLength).equals(bytes.subarray(0, -bits.byteLength))
  );
}

function padded(spec: ArraySpec, block: Block): TypedArray {
  const data = allocate(spec.dtype, sizeOf(spec.chunkShape));
  const fill = fillValueOf(spec);
  if (isBigInt(spec.dtype)) (data as BigInt64Array).fill(BigInt(fill));
  else (data as Float64Array).fill(Number(fill));
  const start = block.shape.map(() => 0);
  copyBox(
    { data: block.data, shape: block.shape, start },
    { data, shape: spec.chunkShape, start },
    block.shape,
  );
  return data;
}

/** Bytes fill at least so much of the buffer that they stay in. */
const WORTH_STAYING = 0.6;

function compress(spec: ArraySpec, bytes: Uint8Array, heap?: Heap, ptr?: number): Uint8Array {
  const { codec, dtype } = spec;
  switch (codec.name) {
    case "blosc": {
      const { cname, level } = codec;
      const options = { cname, level, shuffle: codec.shuffle === "shuffle", typeSize: itemSize(dtype) };
      return encodeBlosc(bytes, options, heap, ptr);
    }
    case "zstd":
      return fitting(encodeZstdElements(bytes, codec.level, itemSize(dtype)));
    case "gzip":
      return fitting(gzipCompress(bytes, codec.level));
    case "none":
      // the caller may free the block before the bytes are stored
      return copyOf(bytes);
  }
}

/** Bytes in a buffer that is much longer are moved to one of their own. */
function fitting(view: Uint8Array): Uint8Array {
  if (view.byteLength > WORTH_STAYING * view.buffer.byteLength) return view;
  const bytes = copyOf(view);
  release(view);
  return bytes;
}

function copyOf(view: Uint8Array): Uint8Array {
  const bytes = allocateBytes(view.byteLength);
  bytes.set(view);
  return bytes;
}
