import fc from "fast-check";
import { expect, it } from "vitest";
import { Shares } from "../../../shared/engine/local/shares.ts";

it("gives every item once, whoever asks when", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat()),
      (length, takers, turns) => {
        const items = Array.from({ length }, (_, i) => ({ i }));
        const shares = new Shares(items, takers);
        const given: number[] = [];
        for (const turn of turns) {
          const item = shares.next(turn % takers);
          if (!item) break;
          given.push(item.i);
        }
        expect(given.toSorted((a, b) => a - b)).toEqual(items.map(({ i }) => i));
      },
    ),
  );
});

it("gives each taker neighbours, and helps out at the far end of the largest share", () => {
  const shares = new Shares([..."abcdefgh"], 2);
  expect([shares.next(0), shares.next(1), shares.next(0), shares.next(0), shares.next(0)].join("")).toBe(
    "aebcd",
  );
  expect(shares.next(0)).toBe("h");
});

it("gives nothing more once it is stopped", () => {
  const shares = new Shares([1, 2, 3], 2);
  shares.next(0);
  shares.stop();
  expect([shares.next(0), shares.next(1)]).toEqual([undefined, undefined]);
});
