/** Bytes of a sample: runs from all over a stream. */
const RUNS = 16;
const RUN_BYTES = 256;
const SAMPLE_BYTES = RUNS * RUN_BYTES;
/** Bits a byte, of 8, from which an entropy coder saves too little: up to a tenth. Of a sample they come out 0.05 too few. */
const NOISE_BITS = 7.2;

/** c log2(c) of each count there may be. */
const WEIGHTS = Float64Array.from({ length: SAMPLE_BYTES + 1 }, (_, c) => (c === 0 ? 0 : c * Math.log2(c)));
/** The sum of c log2(c) up to which the entropy, log2(n) - sum / n, is that of noise. */
const MOST_WEIGHT = SAMPLE_BYTES * (Math.log2(SAMPLE_BYTES) - NOISE_BITS);

const counts = new Uint16Array(256);

/**
 * Whether bytes are spread so evenly that entropy coding isn't worth its time, as the low bytes of a mantissa are. Says nothing of
 * repetitions. A thousandth of the time that it takes to encode them.
 */
export function isNoisy(bytes: Uint8Array): boolean {
  if (bytes.byteLength < SAMPLE_BYTES) return false;
  counts.fill(0);
  const step = Math.floor((bytes.byteLength - RUN_BYTES) / (RUNS - 1));
  for (let run = 0; run < RUNS; run++) {
    const end = run * step + RUN_BYTES;
    for (let i = run * step; i < end; i++) counts[bytes[i]!]!++;
  }
  let weight = 0;
  for (const count of counts) weight += WEIGHTS[count]!;
  return weight <= MOST_WEIGHT;
}
