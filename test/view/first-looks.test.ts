import { expect, test } from "vitest";
import type { ImageDocument } from "../../viewer/src/data/api.ts";
import { withFirstLooks } from "../../viewer/src/data/first-looks.ts";

const SIZE = { width: 400, height: 300 };
const START = { x: 10, y: 20, zoom: -1 };

function imageOf(height: number, width: number): ImageDocument {
  const axes = [1, 1, 1, height, width].map((length) => ({ length, scale: 1, translation: 0 }));
  return { axes } as unknown as ImageDocument;
}

const [small, large] = [imageOf(100, 200), imageOf(200, 400)];

test("the first image is looked at where the address says, those linked with it there too", () => {
  expect(withFirstLooks([], [small, small], [SIZE, SIZE], true, START)).toEqual([START, START]);
  const [first, second] = withFirstLooks([], [small, large], [SIZE, SIZE], false, START);
  expect(first).toEqual(START);
  expect(second).toMatchObject({ x: 200, y: 100 });
});

test("an image that waits for the first one changes nothing", () => {
  const looks = [undefined, undefined];
  expect(withFirstLooks(looks, [undefined, large], [SIZE, SIZE], true, START)).toBe(looks);
});

test("without a size, or with a look, nothing changes", () => {
  const looks = [START];
  expect(withFirstLooks(looks, [small], [SIZE], true, undefined)).toBe(looks);
  const none = [undefined];
  expect(withFirstLooks(none, [small], [undefined], true, undefined)).toBe(none);
});

test("without an address the whole image is looked at, and linked ones at the same place", () => {
  const [first, second] = withFirstLooks([], [undefined, small], [SIZE, SIZE], true, undefined);
  expect(first).toBeUndefined();
  expect(second).toMatchObject({ x: 100, y: 50 });
  expect(withFirstLooks([first, second], [small, small], [SIZE, SIZE], true, undefined)).toEqual([
    second,
    second,
  ]);
});
