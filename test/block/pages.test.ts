import { afterEach, beforeEach, expect, test } from "vitest";
import {
  blockToFill,
  dropKeptPages,
  inPages,
  KEPT_PAGES,
  noteCollected,
  PAGES_FROM,
  pageBytes,
  takePages,
} from "../../shared/block/pages.ts";
import { release } from "../../shared/block/release.ts";
import { allocateBytes } from "../../shared/storage/bytes.ts";

const LARGE = 2 ** 20;

beforeEach(() => {
  dropKeptPages();
  noteCollected(0);
});
afterEach(dropKeptPages);

test("a buffer that was given back serves the next, and nobody reaches it by the old one", () => {
  const first = allocateBytes(LARGE + 5);
  expect(first).toHaveLength(LARGE + 5);
  first.fill(7);
  const lent = pageBytes().lent;
  expect(lent).toBeGreaterThanOrEqual(first.length);
  release(first);
  expect(first).toHaveLength(0);
  expect(pageBytes()).toEqual({ lent: 0, kept: lent });
  const second = allocateBytes(LARGE + 3);
  expect(second).toHaveLength(LARGE + 3);
  expect(second[0]).toBe(7);
  expect(pageBytes()).toEqual({ lent, kept: 0 });
  second.fill(1);
  expect(first[0]).toBeUndefined();
});

test("a buffer that is much too large isn't taken", () => {
  release(allocateBytes(4 * LARGE));
  const small = allocateBytes(LARGE);
  expect(small.buffer.byteLength).toBeLessThan(2 * LARGE);
  expect(pageBytes().kept).toBe(4 * LARGE);
});

test("no more is kept than the bound, the latest longest", () => {
  const buffers = Array.from({ length: 40 }, () => allocateBytes(LARGE));
  const large = allocateBytes(KEPT_PAGES + 1);
  for (const bytes of buffers) release(bytes);
  expect(pageBytes().kept).toBe(KEPT_PAGES);
  release(large);
  expect(pageBytes()).toEqual({ lent: 0, kept: KEPT_PAGES });
  dropKeptPages();
  expect(pageBytes().kept).toBe(0);
});

test.each([1, 63, 1000, 12_345])("lengths are rounded up by an eighth at most: %i pages", (pages) => {
  const length = pages * PAGES_FROM + 1;
  const { byteLength } = takePages(length);
  expect(byteLength).toBeGreaterThanOrEqual(length);
  expect(byteLength).toBeLessThanOrEqual(length * 1.125 + 1);
});

test("small buffers are ordinary ones, and shared memory is left alone", () => {
  const small = allocateBytes(PAGES_FROM - 1);
  expect(small.buffer.resizable).toBe(false);
  const shared = new Uint8Array(new SharedArrayBuffer(2 * LARGE));
  release(shared);
  expect(shared).toHaveLength(2 * LARGE);
});

test("a block moves to pages with its elements, and gives its own memory back", () => {
  const shape = [2, LARGE / 2];
  const block = blockToFill("uint16", shape);
  expect(block.data).toHaveLength(LARGE);
  expect(inPages(block)).toBe(block);
  const outside = {
    dtype: "uint16",
    shape,
    data: Uint16Array.from({ length: LARGE }, (_, i) => i),
  } as const;
  const moved = inPages(outside);
  expect(moved.shape).toEqual(shape);
  expect(moved.data[70_000]).toBe(70_000 % 65_536);
  expect(outside.data).toHaveLength(0);
  const few = { dtype: "uint8", shape: [3], data: new Uint8Array(3) } as const;
  expect(inPages(few)).toBe(few);
});

test("what was collected no longer counts as lent", () => {
  takePages(LARGE);
  takePages(LARGE);
  noteCollected(LARGE);
  expect(pageBytes().lent).toBe(LARGE);
});
