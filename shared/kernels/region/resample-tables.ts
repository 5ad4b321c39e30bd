import { stridesOf } from "../../block/block.ts";
import { CONSTANT_INDEX } from "../../block/boundary.ts";
import type { Region } from "../../block/region.ts";
import { dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { RegionFacts } from "./region-op.ts";
import { type AxisKind, kindOf, modeCode, type ResampleArgs } from "./resample-args.ts";

interface ResampleExports {
  resampleTable(
    count: number,
    from: number,
    zoom: number,
    shift: number,
    grid: boolean,
    n: number,
    mode: number,
    order: number,
    origin: number,
    stride: number,
    offsets: number,
    weights: number,
  ): void;
  resampleGridRow(
    dtype: number,
    src: number,
    row: number,
    width: number,
    rank: number,
    taps: number,
    tables: number,
    cval: number,
    columns: number,
    n: number,
  ): void;
  resampleMixedRow(
    dtype: number,
    src: number,
    row: number,
    from: number,
    width: number,
    rank: number,
    taps: number,
    tables: number,
    mixed: number,
    lines: number,
    facts: number,
    mode: number,
    order: number,
    cval: number,
  ): void;
}

/** Offsets that mean the constant: wasm/assembly/resample.ts. */
const NOWHERE = 0xfffffffe;

/** Elements of the source for one of the result, along the last axis, beyond which most of its columns aren't needed. */
const MOST_STEP = 4;

/** Whether the source's rows are summed before its columns: by what is asked for alone, since sums may differ in their last bits. */
function sumsRows(spec: ResampleArgs, facts: RegionFacts): boolean {
  const last = facts.shape.length - 1;
  const isMixed = facts.shape.some((_, axis) => kindOf(spec, axis, facts) === "mixed");
  return last >= 0 && !isMixed && Math.abs(spec.matrix[last]![last]!) <= MOST_STEP;
}

interface AxisTable {
  readonly kind: AxisKind;
  readonly taps: number;
  readonly offsets: number;
  readonly weights: number;
}

/** Where things lie in the one piece of scratch: doubles first. */
function layoutOf(spec: ResampleArgs, shape: readonly number[], box: readonly number[], facts: RegionFacts) {
  const rank = shape.length;
  let at = 0;
  const take = (bytes: number): number => {
    const from = at;
    at += Math.ceil(bytes / 8) * 8;
    return from;
  };
  const row = take(8 * (shape.at(-1) ?? 0));
  const columns = sumsRows(spec, facts) ? take(8 * box.at(-1)!) : undefined;
  const axes = shape.map((n, axis) => {
    const kind = kindOf(spec, axis, facts);
    const taps = kind === "same" ? 1 : spec.order + 1;
    const slots = kind === "mixed" ? 1 : n;
    return { kind, taps, weights: take(8 * slots * taps), offsets: take(4 * slots * taps) };
  });
  return {
    row,
    columns,
    axes,
    lines: take(16 * rank),
    facts: take(12 * rank),
    tables: take(8 * rank),
    taps: take(4 * rank),
    mixed: take(4 * rank),
    bytes: at,
  };
}

/** Heap bytes of the tables for a box of this shape, which is computed from one of the source. */
export function tableBytes(
  spec: ResampleArgs,
  shape: readonly number[],
  box: readonly number[],
  facts: RegionFacts,
): number {
  return aligned(layoutOf(spec, shape, box, facts).bytes);
}

/** The taps of a box of the result, in the heap: those of each axis with coordinates of its own are computed once. */
export class ResampleTables {
  /** The row computed last, as doubles. */
  readonly rowPtr: number;
  readonly #heap: Heap;
  readonly #base: number;
  readonly #layout: ReturnType<typeof layoutOf>;
  readonly #axes: readonly AxisTable[];
  readonly #spec: ResampleArgs;
  readonly #region: Region;
  readonly #strides: readonly number[];

  constructor(heap: Heap, spec: ResampleArgs, region: Region, box: Region, facts: RegionFacts) {
    this.#heap = heap;
    this.#spec = spec;
    this.#region = region;
    this.#strides = stridesOf(box.shape);
    this.#layout = layoutOf(spec, region.shape, box.shape, facts);
    this.#base = heap.allocBytes(this.#layout.bytes);
    this.rowPtr = this.#base + this.#layout.row;
    this.#axes = this.#layout.axes.map(({ kind, taps, weights, offsets }) => ({
      kind,
      taps,
      offsets: this.#base + offsets,
      weights: this.#base + weights,
    }));
    this.#fill(box, facts);
  }

  free(): void {
    this.#heap.freeBytes(this.#base);
  }

  #fill(box: Region, { inputs }: RegionFacts): void {
    const { resampleTable } = this.#heap.exports as unknown as ResampleExports;
    const { buffer } = this.#heap.memory;
    const { matrix, offset, grid, mode, order } = this.#spec;
    const strides = this.#strides;
    const at = this.#layout;
    for (const [axis, { kind, taps, offsets, weights }] of this.#axes.entries()) {
      const n = inputs[0]!.shape[axis]!;
      const count = this.#region.shape[axis]!;
      const origin = box.start[axis]!;
      if (kind === "same") {
        const from = this.#region.start[axis]! - origin;
        new Uint32Array(buffer, offsets, count).set(
          Uint32Array.from({ length: count }, (_, i) => (from + i) * strides[axis]!),
        );
        new Float64Array(buffer, weights, count).fill(1);
      } else if (kind === "own") {
        const factor = matrix[axis]![axis]!;
        const code = modeCode(mode);
        const from = this.#region.start[axis]!;
        resampleTable(
          count,
          from,
          factor,
          offset[axis]!,
          grid,
          n,
          code,
          order,
          origin,
          strides[axis]!,
          offsets,
          weights,
        );
      }
      new Int32Array(buffer, this.#base + at.taps + 4 * axis, 1)[0] = taps;
      new Int32Array(buffer, this.#base + at.mixed + 4 * axis, 1)[0] = Number(kind === "mixed");
      new Int32Array(buffer, this.#base + at.facts + 12 * axis, 3).set([n, origin, strides[axis]!]);
    }
  }

  /** The element of the block that each element along an axis takes, of order 0; CONSTANT_INDEX for the constant. */
  indices(axis: number): Int32Array {
    const { offsets } = this.#axes[axis]!;
    const n = this.#region.shape[axis]!;
    const found = new Uint32Array(this.#heap.memory.buffer, offsets, n);
    const stride = this.#strides[axis]!;
    return Int32Array.from(found, (offset) => (offset >= NOWHERE ? CONSTANT_INDEX : offset / stride));
  }

  /** Computes the row at a place of the region's axes but the last. */
  row(source: HeapBlock, at: readonly number[]): void {
    const { buffer } = this.#heap.memory;
    const wasm = this.#heap.exports as unknown as ResampleExports;
    const { matrix, offset, mode, order, cval } = this.#spec;
    const { start, shape } = this.#region;
    const rank = shape.length;
    const layout = this.#layout;
    const pointers = new Uint32Array(buffer, this.#base + layout.tables, 2 * rank);
    for (const [axis, { kind, taps, offsets, weights }] of this.#axes.entries()) {
      const slot = kind === "mixed" || axis === rank - 1 ? 0 : at[axis]! * taps;
      pointers[2 * axis] = offsets + 4 * slot;
      pointers[2 * axis + 1] = weights + 8 * slot;
    }
    const width = shape.at(-1)!;
    const code = dtypeCode(source.dtype);
    const tapsAt = this.#base + layout.taps;
    const tablesAt = this.#base + layout.tables;
    if (this.#axes.every(({ kind }) => kind !== "mixed")) {
      const columns = layout.columns === undefined ? 0 : this.#base + layout.columns;
      const columnCount = source.shape[rank - 1]!;
      wasm.resampleGridRow(
        code,
        source.ptr,
        this.rowPtr,
        width,
        rank,
        tapsAt,
        tablesAt,
        Number(cval),
        columns,
        columnCount,
      );
      return;
    }
    const lines = new Float64Array(buffer, this.#base + layout.lines, 2 * rank);
    for (const [axis, row] of matrix.entries()) {
      // In scipy's order: another one may put a coordinate of 0 just outside.
      let sum = offset[axis]!;
      for (const [l, position] of at.entries()) sum += (start[l]! + position) * row[l]!;
      lines.set([sum, row[rank - 1]!], 2 * axis);
    }
    wasm.resampleMixedRow(
      code,
      source.ptr,
      this.rowPtr,
      start[rank - 1]!,
      width,
      rank,
      tapsAt,
      tablesAt,
      this.#base + layout.mixed,
      this.#base + layout.lines,
      this.#base + layout.facts,
      modeCode(mode),
      order,
      Number(cval),
    );
  }
}
