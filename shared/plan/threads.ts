/** Below this much estimated work threads cost more than they bring. */
const INLINE_CPU_SECONDS = 0.4;
/** What decoding and encoding take, with reading and writing: zstd, in CPU seconds a byte. */
const DECODE = 1e-9;
const ENCODE = 2e-9;

interface Work {
  readonly cpuSeconds: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/**
 * How many worker threads a plan gets on this computer: one for each worker, or none where it is little work. Then its
 * batches run in the process itself, one after another.
 */
export function threadsOf(stages: readonly { readonly estimate: Work }[], workers: number): number {
  const seconds = stages.reduce(
    (sum, { estimate }) =>
      sum + estimate.cpuSeconds + DECODE * estimate.bytesRead + ENCODE * estimate.bytesWritten,
    0,
  );
  return seconds >= INLINE_CPU_SECONDS ? workers : 0;
}
