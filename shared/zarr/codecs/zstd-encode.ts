import { allocateBytes } from "../../storage/bytes.ts";
import { zstdBound, zstdCompressInto } from "./native.ts";
import type { ZstdSettings } from "./native-context.ts";

/** zstd's default, which 0 means too. */
const USUAL_LEVEL = 3;
/** What level 3 is for more than 256 KiB; samples are smaller, but stand for the whole. zstd's lib/compress/clevels.h. */
const USUAL: ZstdSettings = {
  level: USUAL_LEVEL,
  windowLog: 21,
  chainLog: 16,
  hashLog: 17,
  minMatch: 5,
  strategy: "dfast",
};
/** Quicker ways to as short an end, where pixels are noisy: one table instead of two. */
const QUICK_NARROW: ZstdSettings = { level: USUAL_LEVEL, strategy: "fast", hashLog: 16, minMatch: 6 };
/** Of wide elements the matches are short, and what lies between them isn't worth coding. */
const QUICK_WIDE: ZstdSettings = {
  level: USUAL_LEVEL,
  strategy: "fast",
  hashLog: 15,
  minMatch: 4,
  targetLength: 2,
};
const WIDE_BYTES = 4;

/** Shorter samples tell too little of the tables; fewer bytes aren't worth one, and more are worth two. */
const SAMPLE_BYTES = 2 ** 17;
const WORTH_A_SAMPLE = 2 ** 20;
const WORTH_TWO = 2 ** 22;
/**
 * How much more than the usual way a quick one may take, as a part of what that leaves of a sample: a tenth. What is compressed to half may be 5 %
 * longer, and comes out 1 or 2 % longer; what is compressed well takes little time either way, and stays as short.
 */
const TOLERANCE = 0.1;

/**
 * One zstd frame of elements of `typeSize` bytes. Level 3 is carried out by other means where samples of these bytes
 * show that they come out about as short: in half the time, for pixels with noise. In a buffer that may be longer.
 */
export function encodeZstdElements(
  bytes: Uint8Array,
  level: number,
  typeSize: number,
): Uint8Array<ArrayBuffer> {
  const out = allocateBytes(zstdBound(bytes.byteLength));
  const isUsual = level === USUAL_LEVEL || level === 0;
  const quick = typeSize >= WIDE_BYTES ? QUICK_WIDE : QUICK_NARROW;
  const takesQuick = isUsual && bytes.byteLength >= WORTH_A_SAMPLE && isAsShort(quick, bytes, out);
  return out.subarray(0, zstdCompressInto(bytes, takesQuick ? quick : { level }, out));
}

/** Whether samples come out as short as usual. `scratch` has room for them. */
function isAsShort(quick: ZstdSettings, bytes: Uint8Array, scratch: Uint8Array): boolean {
  let sampleBytes = 0;
  let usualBytes = 0;
  let quickBytes = 0;
  for (const place of bytes.byteLength < WORTH_TWO ? [1 / 2] : [1 / 4, 3 / 4]) {
    const at = Math.floor(bytes.byteLength * place - SAMPLE_BYTES / 2);
    const sample = bytes.subarray(at, at + SAMPLE_BYTES);
    sampleBytes += SAMPLE_BYTES;
    usualBytes += zstdCompressInto(sample, USUAL, scratch);
    quickBytes += zstdCompressInto(sample, quick, scratch);
  }
  return quickBytes <= usualBytes * (1 + (TOLERANCE * usualBytes) / sampleBytes);
}
