import { type DType, itemSize } from "../../block/dtype.ts";
import type { Heap } from "../../kernels/heap.ts";
import { decodeBloscInto, decodeBloscPieces, type UsePiece } from "./blosc-decode.ts";
import { type CodecConfig, shortName } from "./chain.ts";
import { codecExports, heapBytes, withScratch } from "./codec-heap.ts";
import { sizeError } from "./decode-error.ts";
import { nativeDecompressInto } from "./native.ts";

/** Decodes a chunk of `size` bytes in a heap. Throws CHUNK_DECODE. */
export interface PieceDecoder {
  /** Piece by piece: `use` is told of each, in order. */
  pieces(heap: Heap, bytes: Uint8Array, size: number, use: UsePiece): void;
  /** All of it, to `ptr`. What lies there is undefined where it throws. */
  into(heap: Heap, bytes: Uint8Array, size: number, ptr: number): void;
}

/** The decoders of what most arrays are: elements in native order, compressed by one codec or none. Undefined for others. */
export function pieceDecoder(codecs: readonly CodecConfig[], dtype: DType): PieceDecoder | undefined {
  const [serializer, compressor, ...more] = codecs;
  if (serializer?.name !== "bytes" || more.length > 0) return undefined;
  if (itemSize(dtype) > 1 && serializer.configuration["endian"] === "big") return undefined;
  // bytes that aren't 0 or 1 become 1
  if (dtype === "bool") return undefined;
  if (!compressor) return { pieces: usePlain, into: copying(usePlain) };
  const name = shortName(compressor.name);
  switch (name) {
    case "blosc":
      return { pieces: decodeBloscPieces, into: decodeBloscInto };
    case "zstd":
    case "gzip":
    case "zlib":
      return decompressor(name);
    default:
      return undefined;
  }
}

/** Decodes a chunk of `size` bytes to the start of `target`, shared memory with room for one byte more. Throws CHUNK_DECODE. */
export type PlaceDecoder = (bytes: Uint8Array, size: number, target: Uint8Array) => void;

/** The decoders of elements in native order that one of node:zlib's codecs compressed. Undefined for others. */
export function placeDecoder(codecs: readonly CodecConfig[], dtype: DType): PlaceDecoder | undefined {
  const codec = codecs[1] && shortName(codecs[1].name);
  if (!pieceDecoder(codecs, dtype) || (codec !== "zstd" && codec !== "gzip" && codec !== "zlib"))
    return undefined;
  return (bytes, size, target) => nativeDecompressInto(codec, bytes, target, size);
}

function usePlain(heap: Heap, bytes: Uint8Array, size: number, use: UsePiece): void {
  if (bytes.byteLength !== size) throw sizeError("bytes", size, bytes.byteLength);
  if (bytes.buffer === heap.memory.buffer) {
    use(bytes.byteOffset, 0, size);
    return;
  }
  withScratch(heap, size, (ptr) => {
    heapBytes(heap, ptr, size).set(bytes);
    use(ptr, 0, size);
  });
}

function copying(pieces: PieceDecoder["pieces"]): PieceDecoder["into"] {
  return (heap, bytes, size, ptr) =>
    pieces(heap, bytes, size, (from, offset, length) =>
      codecExports(heap).copyRows(ptr + offset, 0, from, 0, length, 1),
    );
}

function decompressor(codec: "zstd" | "gzip" | "zlib"): PieceDecoder {
  return {
    pieces: (heap, bytes, size, use) =>
      withScratch(heap, size + 1, (ptr) => {
        nativeDecompressInto(codec, bytes, heapBytes(heap, ptr, size + 1), size);
        use(ptr, 0, size);
      }),
    into: (heap, bytes, size, ptr) => nativeDecompressInto(codec, bytes, heapBytes(heap, ptr, size), size),
  };
}
