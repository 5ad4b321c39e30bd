import { describe, expect, it } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { type BorderWidths, borderBoxes, borderOffset } from "../../shared/block/borders.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { readRegion } from "../../shared/block/read-region.ts";
import { newSharedChunks, SharedChunks } from "../../shared/block/shared-chunks.ts";

const SHAPE = [20, 30];
const CHUNK = [8, 10];
const HALO = 2;
const WIDTHS: BorderWidths = [
  [HALO, HALO],
  [HALO, HALO],
];

type TurnOf = (start: readonly number[]) => number;

/** A task for each chunk, row by row. */
const byRows: TurnOf = ([y, x]) => Math.floor(y! / 8) * 3 + Math.floor(x! / 10);

/** A ramp in nine chunks, the last row of them cut or padded, that workers read by a memory with so many slots. */
function setUp({ slots = 9, workers = 2, cut = true, fails = 0, absent = -1, turnOf = byRows } = {}) {
  const loaded: number[] = [];
  let failures = fails;
  const source: ChunkedSource = {
    label: "ramp",
    shape: SHAPE,
    dtype: "uint16",
    chunkShape: CHUNK,
    fillValue: 9,
    async readChunk([i, j], _signal, into) {
      await new Promise((resolve) => setImmediate(resolve));
      if (failures-- > 0) throw new Error("no disk");
      const number = i! * 3 + j!;
      if (number === absent) return undefined;
      loaded.push(number);
      const shape = [cut ? Math.min(8, 20 - i! * 8) : 8, 10];
      const length = shape[0]! * shape[1]!;
      // Every other chunk is decoded where it was asked for.
      const inPlace = into !== undefined && number % 2 === 0;
      const block: Block = inPlace
        ? { dtype: "uint16", shape, data: new Uint16Array(into.buffer, into.byteOffset, length) }
        : newBlock("uint16", shape);
      for (let k = 0; k < length; k++)
        block.data[k] = (i! * 8 + Math.floor(k / 10)) * 30 + j! * 10 + (k % 10);
      return block;
    },
  };
  const boxes = borderBoxes(CHUNK, WIDTHS);
  const memory = newSharedChunks({
    wholeSlots: slots,
    chunkBytes: 160,
    borderSlots: 9,
    borderBytes: borderOffset(boxes, boxes.length, 2),
    arrays: ["ramp"],
  });
  const views = Array.from({ length: workers }, () => new SharedChunks(memory));
  /** What a task takes: its chunk with a halo, cut at the array's ends. */
  const task = async (number: number, worker: number): Promise<void> => {
    const at = [Math.floor(number / 3) * 8, (number % 3) * 10];
    const start = at.map((s) => Math.max(0, s - HALO));
    const shape = at.map((s, axis) => Math.min(SHAPE[axis]!, s + CHUNK[axis]! + HALO) - start[axis]!);
    const target = newBlock("uint16", shape);
    const shared = views[worker]!;
    await readRegion(source, { start, shape }, target, {
      widths: WIDTHS,
      turnOf,
      shared: (request) =>
        shared.read("ramp", {
          ...request,
          widths: WIDTHS,
          turn: request.turn!,
          turnOf,
          done: number - workers,
        }),
    });
    for (const [k, value] of (target.data as Uint16Array).entries()) {
      const y = start[0]! + Math.floor(k / shape[1]!);
      const x = start[1]! + (k % shape[1]!);
      const isAbsent = Math.floor(y / 8) * 3 + Math.floor(x / 10) === absent;
      expect(value, `${y}, ${x}`).toBe(isAbsent ? 9 : y * 30 + x);
    }
  };
  /** How many slots for borders have ever held one. */
  const bordersUsed = (): number => {
    const { data, slotBytes } = memory.borders;
    const slots = Array.from({ length: 9 }, (_, slot) => new Uint8Array(data, slot * slotBytes, slotBytes));
    return slots.filter((bytes) => bytes.some((byte) => byte !== 0)).length;
  };
  return { task, loaded, views, bordersUsed };
}

const TASKS = Array.from({ length: 9 }, (_, i) => i);

describe("chunks that workers share", () => {
  for (const cut of [true, false]) {
    it(`are decoded once, whoever needs them, ${cut ? "cut" : "padded"} at the array's end`, async () => {
      const { task, loaded, views } = setUp({ cut });
      for (let first = 0; first < 9; first += 2)
        await Promise.all([first, first + 1].filter((n) => n < 9).map((n) => task(n, n % 2)));
      expect(loaded.toSorted((a, b) => a - b)).toEqual(TASKS);
      expect(views.reduce((sum, { misses }) => sum + misses, 0)).toBe(9);
    });
  }

  it("are right where there is room for few, and those go first that are needed last", async () => {
    const { task, loaded } = setUp({ slots: 4 });
    for (const number of TASKS) await task(number, number % 2);
    expect(loaded.length).toBeLessThan(14);
    const few = setUp({ slots: 1 });
    await Promise.all(TASKS.map((number) => few.task(number, number % 2)));
  });

  it("leave their place to others once nobody reads them any more", async () => {
    const { task, loaded, bordersUsed } = setUp({ workers: 1 });
    for (const number of TASKS) await task(number, 0);
    expect(loaded).toHaveLength(9);
    // The last that reads one is the task behind the next row's; of the last row's none is read.
    expect(bordersUsed()).toBe(6);
  });

  it("keep no borders that their own task alone reads", async () => {
    const whole = setUp({ turnOf: () => 0 });
    await whole.task(4, 0);
    expect(whole.bordersUsed()).toBe(0);
    const apart = setUp();
    await apart.task(4, 0);
    expect(apart.bordersUsed()).toBe(1);
  });

  it("can be read by others after one who failed", async () => {
    const { task } = setUp({ fails: 1 });
    const results = await Promise.allSettled([task(0, 0), task(1, 1), task(4, 0)]);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
    for (const number of TASKS) await task(number, 1);
  });

  it("that aren't stored are the fill value, and take no room", async () => {
    const { task, loaded } = setUp({ absent: 4, slots: 4 });
    for (const number of TASKS) await task(number, 0);
    expect(loaded).not.toContain(4);
  });
});
