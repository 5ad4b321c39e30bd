import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPrefix, compareKeys, joinKey } from "../../shared/storage/key.ts";

test("keys are ordered by their UTF-8 bytes", () => {
  const text = fc.string({ unit: "binary", maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { examples: [["\ufffd", "\u{1f600}"]], numRuns: 1000 },
  );
});

test.each(["", "a", "a/", "a/.", "a/..", "a/b/.z", "."])("%j is a prefix", (prefix) => {
  expect(checkPrefix(prefix)).toBe(prefix);
});

test.each(["/", "../", "a/../", "a/./", "a//", "/a", "a\\"])("%j is no prefix", (prefix) => {
  expect(() => checkPrefix(prefix)).toThrow(expect.objectContaining({ code: "UNSAFE_KEY" }));
});

test("joining with nothing adds no slash", () => {
  expect([joinKey("", "b"), joinKey("a", ""), joinKey("a", "b")]).toEqual(["b", "a", "a/b"]);
});
