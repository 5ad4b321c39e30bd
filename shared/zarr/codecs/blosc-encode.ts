import { copyBytes } from "../../block/copy-bytes.ts";
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
import { zstdBound, zstdCompressInto } from "./native.ts";
import type { ZstdSettings } from "./native-context.ts";
import { isNoisy } from "./noise.ts";

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

/**
 * Up to this clevel zstd is asked to be quick, and each byte of the elements has a stream of its own. Each costs some 10 microseconds, a
 * tenth of what a shorter one takes.
 */
const LAST_QUICK_LEVEL = 2;
const LEAST_STREAM_BYTES = 1 << 17;
/** zstd that looks for repetitions only, ten times as quick as level 1 where there are none. */
const SEARCH: ZstdSettings = { level: -2 };
/**
 * For level 1, of the highest bytes of wide elements, most of all a float's exponents: few values in many short runs. What is found
 * of them comes out shorter where only the longer and nearest are taken, and in two thirds of the time.
 */
const HIGHEST_BYTES: ZstdSettings = { level: 1, hashLog: 10, minMatch: 7 };
const WIDE_BYTES = 4;

/**
 * A frame that c-blosc 1.x decodes. With `ptr`, the source lies there in the lent heap, and isn't copied in. Takes little more
 * memory than the source, however badly it compresses.
 */
export function encodeBlosc(
  source: Uint8Array,
  options: BloscEncodeOptions,
  lent?: Heap,
  ptr?: number,
): Uint8Array {
  const size = source.byteLength;
  const shuffled = options.shuffle && options.typeSize > 1;
  const split = isSplit(size, options);
  const blocks = Math.ceil(size / Math.min(BLOCK_BYTES, size));
  const packed =
    options.level === 0 || size === 0
      ? undefined
      : withHeap(lent, (heap) => {
          const room = zstdBound(Math.min(BLOCK_BYTES, size));
          const frame = new FrameBody(BLOSC_HEADER_BYTES + 4 * blocks, size + BLOSC_HEADER_BYTES, room);
          return encodeBlocks(heap, source, options, lent && ptr, frame) ? frame : undefined;
        });
  const out = packed ? packed.finish() : allocateBytes(size + BLOSC_HEADER_BYTES);
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  out[0] = 2;
  out[1] = 1;
  out[2] =
    (BLOSC_FORMATS.indexOf(options.cname) << 5) |
    (packed && split ? 0 : FLAG_DONT_SPLIT) |
    (shuffled ? FLAG_SHUFFLE : 0) |
    (packed ? 0 : FLAG_MEMCPY);
  out[3] = options.typeSize;
  view.setUint32(4, size, true);
  view.setUint32(8, Math.min(size, BLOCK_BYTES), true);
  view.setUint32(12, out.byteLength, true);
  if (!packed) {
    copyBytes(out, BLOSC_HEADER_BYTES, source);
    return out;
  }
  for (const [block, at] of packed.starts.entries()) view.setUint32(BLOSC_HEADER_BYTES + 4 * block, at, true);
  return out;
}

/** Whether whole blocks have a stream for each byte of an element: what is noise is then stored apart from what is not. */
function isSplit(size: number, { cname, level, shuffle, typeSize }: BloscEncodeOptions): boolean {
  const block = Math.min(BLOCK_BYTES, size);
  const isQuick = cname === "zstd" && level <= LAST_QUICK_LEVEL;
  return (
    isQuick && shuffle && typeSize > 1 && block % typeSize === 0 && block / typeSize >= LEAST_STREAM_BYTES
  );
}

/** The part of its room that this thread's last frame took: chunks of an array are much alike. */
let lastShare = 0.5;
/** Room beyond what the last frame took. */
const SPARE_SHARE = 0.04;

/**
 * The compressed streams of a frame's blocks, each behind its length, in the frame itself. It has room for a little more than the last
 * one took until that isn't enough.
 */
class FrameBody {
  readonly starts: number[] = [];
  readonly #most: number;
  /** A compressor that has this much room writes without a buffer of its own. */
  readonly #room: number;
  #out: Uint8Array<ArrayBuffer>;
  #end: number;

  /** `start`: the bytes before the blocks. `most`: what a frame may take in all; as long is as well stored. */
  constructor(start: number, most: number, room: number) {
    this.#end = start;
    this.#most = most;
    this.#room = room;
    this.#out = allocateBytes(
      Math.max(start, Math.ceil(most * Math.min(1, lastShare + SPARE_SHARE))) + 4 + room,
    );
  }

  /** Where the next stream's bytes go. */
  place(): Uint8Array {
    const at = this.#end + 4;
    if (at + this.#room > this.#out.byteLength) {
      const longer = allocateBytes(this.#most + 4 + this.#room);
      copyBytes(longer, 0, this.#out.subarray(0, this.#end));
      release(this.#out);
      this.#out = longer;
    }
    return this.#out.subarray(at, at + this.#room);
  }

  /** From here on what is added is the next block's. */
  startBlock(): void {
    this.starts.push(this.#end);
  }

  /** Counts a stream of that many bytes in; false where the frame gets too long, and is given up. */
  add(length: number): boolean {
    new DataView(this.#out.buffer).setUint32(this.#end, length, true);
    this.#end += 4 + length;
    if (this.#end < this.#most) return true;
    lastShare = 1;
    release(this.#out);
    return false;
  }

  /** The frame but for its header and starts. */
  finish(): Uint8Array<ArrayBuffer> {
    lastShare = this.#end / this.#most;
    return this.#out.subarray(0, this.#end);
  }
}

/** False where stored is as short. */
function encodeBlocks(
  heap: Heap,
  source: Uint8Array,
  options: BloscEncodeOptions,
  at: number | undefined,
  frame: FrameBody,
): boolean {
  const shuffled = options.shuffle && options.typeSize > 1;
  const split = isSplit(source.byteLength, options);
  const inHeap = at !== undefined;
  const block = Math.min(BLOCK_BYTES, source.byteLength);
  const wasm = codecExports(heap);
  const tableBytes = options.cname === "lz4" ? wasm.lz4ScratchBytes() : 0;
  // [the block][shuffled][lz4: output][lz4: table]
  const input = inHeap ? 0 : block;
  const filtered = shuffled ? block : 0;
  const packed = options.cname === "lz4" ? block : 0;
  return withScratch(heap, input + filtered + packed + tableBytes, (scratch) => {
    for (let offset = 0; offset < source.byteLength; offset += block) {
      const length = Math.min(block, source.byteLength - offset);
      let ptr = inHeap ? at + offset : scratch;
      if (!inHeap) copyBytes(heapBytes(heap, ptr, length), 0, source.subarray(offset, offset + length));
      if (shuffled) {
        wasm.shuffleBytes(scratch + input, ptr, length, options.typeSize);
        ptr = scratch + input;
      }
      frame.startBlock();
      const streams = split && length === block ? options.typeSize : 1;
      const streamBytes = length / streams;
      for (let stream = 0; stream < streams; stream++) {
        const from = ptr + stream * streamBytes;
        const place = frame.place();
        let got: number;
        if (options.cname === "zstd") {
          const bytes = heapBytes(heap, from, streamBytes);
          const isNoise = streams > 1 && isUselessToEncode(bytes, place);
          got = isNoise
            ? streamBytes
            : zstdCompressInto(bytes, zstdSettings(options, stream, streams), place);
        } else {
          const to = scratch + input + filtered;
          // one byte less than the block: a stream as long as its block means stored. LZ4's acceleration as in c-blosc
          got = wasm.lz4Encode(to, length - 1, ptr, length, to + packed, 10 - options.level);
          copyBytes(place, 0, heapBytes(heap, to, got));
        }
        const isShorter = got > 0 && got < streamBytes;
        if (!isShorter) copyBytes(place, 0, heapBytes(heap, from, streamBytes));
        if (!frame.add(isShorter ? got : streamBytes)) return false;
      }
    }
    return true;
  });
}

/** How a block's stream is encoded, of several or one alone. */
function zstdSettings(
  { level, typeSize }: BloscEncodeOptions,
  stream: number,
  streams: number,
): ZstdSettings {
  const isHighest = typeSize >= WIDE_BYTES && stream > 0 && stream === streams - 1;
  return isHighest && level === 1 ? HIGHEST_BYTES : { level: ZSTD_LEVELS[level]! };
}

/** Whether bytes are noise that doesn't repeat itself. `place` has room for their frame. */
function isUselessToEncode(bytes: Uint8Array, place: Uint8Array): boolean {
  const { byteLength } = bytes;
  return isNoisy(bytes) && zstdCompressInto(bytes, SEARCH, place) > byteLength - (byteLength >> 6);
}
