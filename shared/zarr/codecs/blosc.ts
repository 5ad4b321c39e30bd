import type { Heap } from "../../kernels/heap.ts";
import { decodeBlosc } from "./blosc-decode.ts";
import { type BloscEncodeOptions, encodeBlosc } from "./blosc-encode.ts";
import { BLOSC_HEADER_BYTES, readBloscFrame } from "./blosc-frame.ts";
import type { BytesCodec, SizeBound } from "./codec.ts";
import { sizeError } from "./decode-error.ts";

/** blosc, as c-blosc 1.x, numcodecs and tensorstore write it; decoding takes its settings from the frame. */
export function bloscCodec(options: BloscEncodeOptions): BytesCodec {
  return {
    name: "blosc",
    encodedBound: (length) => ({ bytes: length + BLOSC_HEADER_BYTES, exact: false }),
    decode(bytes: Uint8Array, bound: SizeBound, heap?: Heap) {
      if (bound.exact) return decodeBlosc(bytes, bound.bytes, heap);
      const size = readBloscFrame(bytes).bytes;
      if (size > bound.bytes) throw sizeError("blosc", bound.bytes, size);
      return decodeBlosc(bytes, size, heap);
    },
    encode: (bytes, heap) => encodeBlosc(bytes, options, heap),
  };
}
