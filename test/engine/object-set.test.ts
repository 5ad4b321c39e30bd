import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ObjectSet } from "../../shared/engine/object-set.ts";

describe("a set of objects", () => {
  it("holds what was added, with its size, and nothing else", () => {
    const object = fc.tuple(fc.string({ unit: "grapheme" }), fc.nat());
    fc.assert(
      fc.property(fc.array(object), fc.array(object), (added, others) => {
        const set = new ObjectSet();
        for (const [key, bytes] of added) set.add(key, bytes);
        const names = new Set(added.map((each) => JSON.stringify(each)));
        expect(set.size).toBe(names.size);
        for (const [key, bytes] of [...added, ...others, ...added.map(([k, n]) => [k, n + 1] as const)])
          expect(set.has(key, bytes)).toBe(names.has(JSON.stringify([key, bytes])));
      }),
    );
  });

  it("takes no two of half a million chunks for one, whose keys differ in a digit", () => {
    const set = new ObjectSet();
    const each = (take: (key: string, bytes: number) => void) => {
      for (let z = 0; z < 50; z++)
        for (let y = 0; y < 100; y++)
          for (let x = 0; x < 100; x++) take(`c/${z}/${y}/${x}`, 60_000 + (x % 7));
    };
    each((key, bytes) => set.add(key, bytes));
    each((key, bytes) => set.add(key, bytes));
    expect(set.size).toBe(500_000);
    let found = 0;
    each((key, bytes) => {
      if (set.has(`${key}0`, bytes) || set.has(key, bytes + 1000)) found++;
    });
    // "c/0/0/70" is there with the size of "c/0/0/7"; the others that end in 0 have other sizes
    expect(found).toBe(50 * 100);
  });
});
