import { describe, expect, it } from "vitest";
import { judge, type Turn } from "../../bench/judge.ts";
import { randomOf } from "../support/sample-data.ts";

const ROUNDS = 5;

/** Turns of programs that take so long undisturbed, on a computer that is busy: mostly a few per cent more, at times twice. */
function busy(before: number, now: number, seed: number): () => Promise<Turn> {
  const random = randomOf(seed);
  const disturbed = (seconds: number) => seconds * (1 + 0.08 * random() + (random() < 0.15 ? random() : 0));
  return async () => ({ before: disturbed(before), now: disturbed(now) });
}

function given(...turns: (readonly [before: number, now: number])[]): () => Promise<Turn> {
  const left = [...turns];
  return async () => {
    const [before, now] = left.length > 1 ? left.shift()! : left[0]!;
    return { before, now };
  };
}

describe("judge", () => {
  it("finds what takes three tenths more, whatever else the computer does", async () => {
    for (let seed = 0; seed < 200; seed++) {
      const { slower, ratio, rounds } = await judge(busy(1, 1.3, seed), ROUNDS);
      expect(slower, `seed ${seed}: ${ratio} after ${rounds} rounds`).toBe(true);
    }
  });

  it("doesn't take noise for a change", async () => {
    for (let seed = 0; seed < 500; seed++) {
      const { slower, ratio, rounds } = await judge(busy(1, 1, seed), ROUNDS);
      expect(slower, `seed ${seed}: ${ratio} after ${rounds} rounds`).toBe(false);
    }
  });

  it("runs what seems slower as often again, and no more than twice", async () => {
    expect(await judge(given([1, 1.05]), 3)).toMatchObject({ slower: false, rounds: 3 });
    expect(await judge(given([1, 2], [1, 2], [1, 1.02]), 2)).toMatchObject({
      slower: false,
      rounds: 4,
      now: 1.02,
    });
    expect(await judge(given([1, 1.2]), 3)).toMatchObject({ slower: true, rounds: 9, ratio: 1.2 });
  });

  it("allows a tenth, and what got quicker", async () => {
    expect((await judge(given([2, 2.2]), 1)).slower).toBe(false);
    expect((await judge(given([2, 2.21]), 1)).slower).toBe(true);
    expect((await judge(given([2, 0.5]), 1)).slower).toBe(false);
  });
});
