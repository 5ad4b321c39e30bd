/** A turn lasts at least so long, seconds, so that short work is measured often. */
export const TURN_SECONDS = 0.1;

/**
 * The thread's processor time goes by ticks of the system, milliseconds long. Calls of at least so many seconds are told by it, so
 * that others who have the processor meanwhile don't count; shorter ones by the clock, the quickest of which nobody disturbed.
 */
const LONG_SECONDS = 0.05;

/** The least time that `work` takes this thread, seconds, of as many calls as a turn of `seconds` holds, at least one. */
export async function leastSeconds(work: () => unknown, seconds = TURN_SECONDS): Promise<number> {
  const begun = performance.now();
  let least = Number.POSITIVE_INFINITY;
  let end = begun;
  do {
    const before = process.threadCpuUsage();
    const start = performance.now();
    await work();
    end = performance.now();
    const wall = (end - start) / 1000;
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, wall < LONG_SECONDS ? wall : Math.min(wall, (user + system) / 1e6));
  } while (end - begun < seconds * 1000);
  return least;
}
