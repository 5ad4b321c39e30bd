/** Below this much estimated work, codecs included, threads cost more than they bring. */
const INLINE_CPU_SECONDS = 0.2;

/**
 * How many worker threads a plan gets on this computer: one for each worker, or none where it is little work. Then its
 * batches run in the process itself, one after another.
 */
export function threadsOf(
  stages: readonly { readonly estimate: { readonly cpuSeconds: number } }[],
  workers: number,
): number {
  const seconds = stages.reduce((sum, { estimate }) => sum + estimate.cpuSeconds, 0);
  return seconds >= INLINE_CPU_SECONDS ? workers : 0;
}
