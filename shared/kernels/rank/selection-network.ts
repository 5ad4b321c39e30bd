/** Exchanges that bring the element of a rank to its place, whatever the order of the others. */
export interface SelectionNetwork {
  readonly exchanges: readonly Exchange[];
  /** The place where the element is in the end. */
  readonly result: number;
}

/** The lesser of two places goes to the first, the greater to the second; what nobody asks for later is left out. */
export interface Exchange {
  readonly low: number;
  readonly high: number;
  readonly keepsLow: boolean;
  readonly keepsHigh: boolean;
}

const known = new Map<string, SelectionNetwork>();

/**
 * A network that selects the element of `rank` (0 is the least) of `count`: Batcher's odd-even merge sort, without
 * the exchanges that have no part in that element. Batcher: "Sorting networks and their applications", 1968.
 */
export function selectionNetwork(count: number, rank: number): SelectionNetwork {
  const key = `${count} ${rank}`;
  let network = known.get(key);
  if (network === undefined) {
    network = { exchanges: pruned(sortingPairs(count), rank), result: rank };
    known.set(key, network);
  }
  return network;
}

/** The pairs of Batcher's merge exchange sort (Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M). */
function sortingPairs(count: number): [low: number, high: number][] {
  const pairs: [number, number][] = [];
  if (count < 2) return pairs;
  const top = 2 ** (Math.ceil(Math.log2(count)) - 1);
  for (let p = top; p > 0; p >>= 1) {
    let q = top;
    let r = 0;
    let d = p;
    for (;;) {
      for (let i = 0; i < count - d; i++) if ((i & p) === r) pairs.push([i, i + d]);
      if (q === p) break;
      d = q - p;
      q >>= 1;
      r = p;
    }
  }
  return pairs;
}

/** From the end backwards: only what leads to the wanted place stays. */
function pruned(pairs: readonly (readonly [number, number])[], wanted: number): Exchange[] {
  const needed = new Set([wanted]);
  const kept: Exchange[] = [];
  for (const [low, high] of [...pairs].reverse()) {
    const keepsLow = needed.has(low);
    const keepsHigh = needed.has(high);
    if (!keepsLow && !keepsHigh) continue;
    kept.push({ low, high, keepsLow, keepsHigh });
    needed.add(low);
    needed.add(high);
  }
  return kept.reverse();
}
