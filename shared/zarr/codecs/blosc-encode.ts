import { release } from "../../block/release.ts";
import type { Heap } from "../../kernels/heap.ts";
import { allocateBytes } from "../../storage/bytes.ts";
import {
  BLOSC_FORMATS,
  BLOSC_HEADER_BYTES,
  FLAG_DONT_SPLIT,
  FLAG_MEMCPY,
  FLAG_SHUFFLE,
} from "./blosc-frame.ts";
import { codecExports, heapBytes, withHeap, withScratch } from "./codec-heap.ts";
import { zstdCompress } from "./native.ts";

export interface BloscEncodeOptions {
  readonly cname: "zstd" | "lz4";
  /** blosc's clevel, 0 (stored) to 9. */
  readonly level: number;
  readonly shuffle: boolean;
  /** Bytes of an element. */
  readonly typeSize: number;
}

/**
 * Blocks of 1 MiB compress as well as one large block, stay in the cache between shuffle and compressor, and let
 * c-blosc decode with several threads. A multiple of every element size.
 */
const BLOCK_BYTES = 1 << 20;

/** What c-blosc 1.x calls zstd with at each clevel; 0 is stored. */
const ZSTD_LEVELS = [0, 1, 3, 5, 7, 9, 11, 13, 20, 22] as const;

/** A frame that c-blosc 1.x decodes. With `ptr`, the source lies there in the lent heap, and isn't copied in. */
export function encodeBlosc(
  source: Uint8Array,
  options: BloscEncodeOptions,
  lent?: Heap,
  ptr?: number,
): Uint8Array {
  const size = source.byteLength;
  const parts =
    options.level === 0 || size === 0
      ? undefined
      : withHeap(lent, (heap) => encodeBlocks(heap, source, options, lent && ptr));
  const blocks = parts?.length ?? 0;
  const packed =
    parts?.reduce((sum, part) => sum + 4 + part.byteLength, BLOSC_HEADER_BYTES + 4 * blocks) ?? 0;
  const stored = parts === undefined || packed >= size + BLOSC_HEADER_BYTES;
  const out = allocateBytes(stored ? size + BLOSC_HEADER_BYTES : packed);
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const shuffled = options.shuffle && options.typeSize > 1;
  out[0] = 2;
  out[1] = 1;
  out[2] =
    (BLOSC_FORMATS.indexOf(options.cname) << 5) |
    FLAG_DONT_SPLIT |
    (shuffled ? FLAG_SHUFFLE : 0) |
    (stored ? FLAG_MEMCPY : 0);
  out[3] = options.typeSize;
  view.setUint32(4, size, true);
  view.setUint32(8, Math.min(size, BLOCK_BYTES), true);
  view.setUint32(12, out.byteLength, true);
  if (stored) {
    out.set(source, BLOSC_HEADER_BYTES);
    return out;
  }
  let at = BLOSC_HEADER_BYTES + 4 * blocks;
  parts.forEach((part, block) => {
    view.setUint32(BLOSC_HEADER_BYTES + 4 * block, at, true);
    view.setUint32(at, part.byteLength, true);
    out.set(part, at + 4);
    at += 4 + part.byteLength;
    release(part);
  });
  return out;
}

function encodeBlocks(
  heap: Heap,
  source: Uint8Array,
  options: BloscEncodeOptions,
  at?: number,
): Uint8Array[] {
  const shuffled = options.shuffle && options.typeSize > 1;
  const inHeap = at !== undefined;
  const block = Math.min(BLOCK_BYTES, source.byteLength);
  const wasm = codecExports(heap);
  const tableBytes = options.cname === "lz4" ? wasm.lz4ScratchBytes() : 0;
  // [the block][shuffled][lz4: output][lz4: table]
  const input = inHeap ? 0 : block;
  const filtered = shuffled ? block : 0;
  const packed = options.cname === "lz4" ? block : 0;
  return withScratch(heap, input + filtered + packed + tableBytes, (scratch) => {
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < source.byteLength; offset += block) {
      const length = Math.min(block, source.byteLength - offset);
      let ptr = inHeap ? at + offset : scratch;
      if (!inHeap) heapBytes(heap, ptr, length).set(source.subarray(offset, offset + length));
      if (shuffled) {
        wasm.shuffleBytes(scratch + input, ptr, length, options.typeSize);
        ptr = scratch + input;
      }
      let part: Uint8Array | undefined;
      if (options.cname === "zstd") {
        part = zstdCompress(heapBytes(heap, ptr, length), ZSTD_LEVELS[options.level]!);
      } else {
        const to = scratch + input + filtered;
        // one byte less than the block: a stream as long as its block means stored. LZ4's acceleration as in c-blosc
        const got = wasm.lz4Encode(to, length - 1, ptr, length, to + packed, 10 - options.level);
        if (got > 0) part = heapBytes(heap, to, got).slice();
      }
      parts.push(
        part !== undefined && part.byteLength < length ? part : heapBytes(heap, ptr, length).slice(),
      );
    }
    return parts;
  });
}
