import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import { copyBox } from "../../shared/block/copy.ts";
import { copyStrided } from "../../shared/block/copy-strided.ts";
import { Heap, type HeapBlock } from "../../shared/kernels/heap.ts";
import { kernelModule } from "../../shared/kernels/wasm/module.ts";
import { expectSame } from "../support/kernels.ts";
import { coordinates, at as elementAt } from "../support/pad.ts";

const axis = fc.record({
  box: fc.integer({ min: 0, max: 5 }),
  from: fc.nat({ max: 3 }),
  to: fc.nat({ max: 3 }),
  sourceMore: fc.nat({ max: 2 }),
  targetMore: fc.nat({ max: 2 }),
});

const heap = new Heap(kernelModule());
const ordinary = (block: Block): Block => block;
const inHeap = (block: Block): Block => heap.copyIn(block);

/** Behind other bytes of a memory that threads share. */
function inShared({ dtype, shape, data }: Block): Block {
  const Elements = data.constructor as new (
    buffer: SharedArrayBuffer,
    at: number,
    n: number,
  ) => Block["data"];
  const shared = new Elements(new SharedArrayBuffer(64 + data.byteLength), 64, data.length);
  (shared as Uint8Array).set(data as Uint8Array);
  return { dtype, shape, data: shared };
}

/** Times a box's length that make rows of 512 bytes, which are moved in one piece where memory is shared. */
const LONG = 140;

describe.each([
  ["memory that threads share", inShared, inShared],
  ["shared memory and ordinary", inShared, ordinary],
  ["ordinary memory and shared", ordinary, inShared],
  ["shared memory and a heap", inShared, inHeap],
  ["a heap and ordinary memory", inHeap, ordinary],
  ["ordinary memory", ordinary, ordinary],
  ["a heap", inHeap, inHeap],
])("copyBox between %s", (_where, place, placeTarget) => {
  it("copies the box and leaves the rest, for ranks 0 to 5", () => {
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 5 }),
        fc.boolean(),
        fc.constantFrom("uint8", "uint16", "float32", "int64" as const),
        (drawn, isLong, dtype) => {
          const last = drawn.at(-1);
          const axes =
            isLong && last ? [...drawn.slice(0, -1).slice(-1), { ...last, box: LONG * last.box }] : drawn;
          const value = (i: number) => (dtype === "int64" ? BigInt(i) : i) as never;
          const source = newBlock(
            dtype,
            axes.map((a) => a.from + a.box + a.sourceMore),
          );
          for (let i = 0; i < source.data.length; i++) source.data[i] = value(i + 1);
          const target = newBlock(
            dtype,
            axes.map((a) => a.to + a.box + a.targetMore),
          );
          const want = newBlock(dtype, target.shape);
          let i = 0;
          for (const coords of coordinates(target.shape)) {
            const inside = coords.every((c, k) => c >= axes[k]!.to && c < axes[k]!.to + axes[k]!.box);
            const there = coords.map((c, k) => c - axes[k]!.to + axes[k]!.from);
            want.data[i++] = (inside ? elementAt(source, there) : value(0)) as never;
          }
          const [from, to] = [place(source), placeTarget(target)];
          copyBox(
            from,
            axes.map((a) => a.from),
            to,
            axes.map((a) => a.to),
            axes.map((a) => a.box),
          );
          expect(to.data.length).toBe(sizeOf(target.shape));
          expectSame(to, want);
          for (const block of [from, to] as HeapBlock[]) if (block.mover) heap.free(block);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("copyStrided in a heap", () => {
  it("gives what it gives in ordinary memory, whatever the strides", () => {
    const picked = fc.record({
      length: fc.integer({ min: 0, max: 4 }),
      step: fc.constantFrom(-2, -1, 0, 1, 2, 3),
    });
    fc.assert(
      fc.property(
        fc.array(picked, { maxLength: 4 }),
        fc.constantFrom("uint8", "uint16", "float32", "float64" as const),
        (axes, dtype) => {
          // each axis of the source has just room for what is picked along it
          const source = newBlock(
            dtype,
            axes.map(({ length, step }) => 1 + Math.abs(step) * Math.max(0, length - 1)),
          );
          for (let i = 0; i < source.data.length; i++) source.data[i] = (i + 1) as never;
          const inner = stridesOf(source.shape);
          const strides = axes.map(({ step }, axis) => step * inner[axis]!);
          const origin = axes.reduce(
            (sum, { step }, axis) => sum + (step < 0 ? (source.shape[axis]! - 1) * inner[axis]! : 0),
            0,
          );
          const want = newBlock(
            dtype,
            axes.map(({ length }) => length),
          );
          copyStrided(source, origin, strides, want);
          const from = heap.copyIn(source);
          const to = heap.alloc(dtype, want.shape);
          copyStrided(from, origin, strides, to);
          expectSame(to, want);
          heap.free(from);
          heap.free(to);
        },
      ),
      { numRuns: 300 },
    );
  });
});
