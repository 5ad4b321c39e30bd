import fc from "fast-check";
import { expect, it } from "vitest";
import { aligned, FreeList } from "../../shared/kernels/free-list.ts";

it("never gives two blocks the same bytes, and is empty again when all are back", () => {
  const steps = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 2000 }), free: fc.nat() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (moves) => {
      const list = new FreeList(100);
      const taken: { ptr: number; bytes: number }[] = [];
      for (const { bytes, free } of moves) {
        if (free % 3 === 0 && taken.length > 0) {
          const [block] = taken.splice(free % taken.length, 1);
          list.give(block!.ptr, block!.bytes);
          continue;
        }
        const block = { ptr: list.take(aligned(bytes)), bytes: aligned(bytes) };
        for (const other of taken) {
          expect(block.ptr + block.bytes <= other.ptr || other.ptr + other.bytes <= block.ptr).toBe(true);
        }
        taken.push(block);
        expect(block.ptr + block.bytes).toBeLessThanOrEqual(list.end);
        expect(list.end).toBeLessThanOrEqual(list.high);
      }
      for (const { ptr, bytes } of taken) list.give(ptr, bytes);
      expect(list.end).toBe(128);
    }),
  );
});

it("fills the first hole that is large enough", () => {
  const list = new FreeList();
  const [a, b, c] = [list.take(128), list.take(256), list.take(64)];
  list.give(a!, 128);
  list.give(c!, 64);
  expect(list.end).toBe(384);
  expect(list.take(64)).toBe(0);
  expect(list.take(128)).toBe(384);
  expect(list.take(64)).toBe(64);
  expect(b).toBe(128);
  expect(list.high).toBe(512);
});
