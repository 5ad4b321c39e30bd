/** The changed program's processor time over the other's, at most. */
export const MOST = 1.1;

/** What both programs took for the same work, one after the other, seconds. */
export interface Turn {
  readonly before: number;
  readonly now: number;
}

export interface Verdict extends Turn {
  readonly ratio: number;
  readonly slower: boolean;
  readonly rounds: number;
}

/**
 * Runs both in turn for some rounds, and compares the least of each: whatever else the computer does makes runs longer, never
 * shorter. What then seems slower is run as often again, twice at most, before it counts.
 */
export async function judge(turn: () => Promise<Turn>, rounds: number): Promise<Verdict> {
  let before = Number.POSITIVE_INFINITY;
  let now = Number.POSITIVE_INFINITY;
  let taken = 0;
  do {
    for (let round = 0; round < rounds; round++) {
      const took = await turn();
      before = Math.min(before, took.before);
      now = Math.min(now, took.now);
    }
    taken += rounds;
  } while (now > MOST * before && taken < 3 * rounds);
  const ratio = now / before;
  return { before, now, ratio, slower: ratio > MOST, rounds: taken };
}
