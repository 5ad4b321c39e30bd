import { sizeOf, stridesOf } from "../block/block.ts";
import { type AxisMap, type Boundary, CONSTANT_INDEX, mapIndex } from "../block/boundary.ts";
import { cellOfNumber } from "../block/chunk-grid.ts";
import { type DType, itemSize, viewOf } from "../block/dtype.ts";
import { dtypeCode } from "./cast.ts";
import { aligned } from "./free-list.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import type { BoxedKernel, KernelBox, ResolvedArgs } from "./kernel.ts";
import type { RowStep } from "./row-step.ts";
import { type AxisFilter, linearDType, reachOf, SYMMETRIES } from "./separable.ts";

interface RowsExports {
  separableRows(job: number, double: boolean, from: number, to: number): void;
  fillBytes(ptr: number, value: number, bytes: number): void;
}

/** The rows that a filter along b takes, of all planes of a group: they should stay in the second-level cache. */
const RING_BYTES = 640 * 1024;
/** Filtered rows that go to the next step at once: they should stay in the cache as well. */
const STRIP_BYTES = 256 * 1024;
/** Output columns at a time. */
const PANEL = 1024;
/** Sums of whole vectors write and read so far beyond a row. */
const SLACK = 128;
const JOB_BYTES = 288;
/** Words of the job at which its axes begin, and words of each. */
const AXES_AT = 24;
const AXIS_WORDS = 16;

/** The last three axes of a box: planes, rows, columns. */
type Three<T> = readonly [a: T, b: T, c: T];

/**
 * Whether `separableBox` can filter a box: one filter an axis, first axis first, along the last three, and beyond the ends nothing
 * but elements that lie near them.
 */
export function fitsBox(
  filters: readonly AxisFilter[],
  boundary: Exclude<Boundary, "none">,
  { maps }: KernelBox,
): boolean {
  const least = maps.length - 3;
  const ascending = filters.every((filter, i) => filter.axis > (filters[i - 1]?.axis ?? least - 1));
  const wraps = filters.some((filter) => (filter.boundary ?? boundary) === "wrap");
  return filters.length > 0 && ascending && !wraps && maps.every(staysNear);
}

/** Buffers hold as many elements as a window has: a jump to the other end, as with "wrap", would need all between. */
function staysNear({ index }: AxisMap): boolean {
  if (!index) return true;
  return index.every((at, i) => at !== CONSTANT_INDEX && Math.abs(at - (index[i - 1] ?? at)) <= 1);
}

/**
 * The box of what `separable` makes of the input extended as the maps say, without the extended block: each element gets the same
 * operations, so it is the same to the bit. With `next` that step is applied to filtered rows while they are in the cache.
 */
export function separableBox(
  heap: Heap,
  input: HeapBlock,
  filters: readonly AxisFilter[],
  boundary: Exclude<Boundary, "none">,
  box: KernelBox,
  next?: RowStep,
): HeapBlock {
  const dtype = linearDType(input.dtype);
  const output = heap.alloc(next?.dtype ?? dtype, box.shape);
  if (output.data.length === 0) return output;
  const layout = boxLayout(box.shape, filters, dtype, next !== undefined);
  const scratch = heap.allocBytes(layout.bytes);
  try {
    (heap.exports as unknown as RowsExports).fillBytes(scratch, 0, layout.bytes);
    const job: Job = { heap, input, output, dtype, filters, boundary, box, next, layout, scratch };
    const outer = box.shape.slice(0, -3);
    for (let volume = 0; volume < sizeOf(outer); volume++) filterVolume(job, cellOfNumber(volume, outer));
  } finally {
    heap.freeBytes(scratch);
  }
  return output;
}

/** Heap bytes that `separableBox` needs beyond its input and output. */
export function separableBoxScratch(
  shape: readonly number[],
  filters: readonly AxisFilter[],
  input: DType,
  hasNext: boolean,
): number {
  return sizeOf(shape) === 0 ? 0 : boxLayout(shape, filters, linearDType(input), hasNext).bytes;
}

/** What a kernel offers that is one separable filter. */
export function boxedSeparable(
  filtersOf: (args: ResolvedArgs) => readonly AxisFilter[],
  boundaryOf: (args: ResolvedArgs) => Exclude<Boundary, "none">,
): BoxedKernel {
  return {
    fits: (args, box) => fitsBox(filtersOf(args), boundaryOf(args), box),
    scratchBytes: (shape, input, args, hasNext) =>
      separableBoxScratch(shape, filtersOf(args), input, hasNext),
    run: (heap, input, args, box, next) =>
      separableBox(heap, input, filtersOf(args), boundaryOf(args), box, next),
  };
}

interface Job {
  readonly heap: Heap;
  readonly input: HeapBlock;
  readonly output: HeapBlock;
  readonly dtype: "float32" | "float64";
  readonly filters: readonly AxisFilter[];
  readonly boundary: Exclude<Boundary, "none">;
  readonly box: KernelBox;
  readonly next: RowStep | undefined;
  readonly layout: BoxLayout;
  readonly scratch: number;
}

interface BoxLayout {
  /** Planes that are filtered together; 1 where nothing is filtered along them. */
  readonly group: number;
  /** Rows of a strip that goes to the next step; all of them without one. */
  readonly stripRows: number;
  /** Parts in which columns are taken. */
  readonly panels: number;
  /** Bytes from one buffered row to the next. */
  readonly pitch: number;
  /** Where in the scratch each part begins. */
  readonly at: { readonly [part in Part]: number };
  readonly bytes: number;
}

const PARTS = [
  "job",
  "weights",
  "tables",
  "rows",
  "constant",
  "line",
  "padded",
  "ring",
  "planes",
  "strip",
] as const;
type Part = (typeof PARTS)[number];

function boxLayout(
  shape: readonly number[],
  filters: readonly AxisFilter[],
  dtype: DType,
  hasNext: boolean,
): BoxLayout {
  const size = itemSize(dtype);
  const [planes, rows, columns] = threeOf(shape, 1);
  const windows = threeFilters(filters, shape.length).map(windowOf);
  const panels = Math.ceil(columns / PANEL);
  const panel = Math.ceil(columns / panels);
  const width = panel + windows[2]! - 1;
  const wide = aligned(width * size + SLACK);
  // Rows of many planes at a distance that all cache sets share would push each other out.
  const pitch = wide % 4096 === 0 ? wide + 64 : wide;
  const filtersPlanes = windows[0]! > 1 || filters.some(({ axis }) => axis === shape.length - 3);
  const most = Math.max(1, Math.floor(RING_BYTES / (windows[1]! * pitch)));
  const group = filtersPlanes ? Math.ceil(planes / Math.ceil(planes / most)) : 1;
  const stripRows = hasNext
    ? Math.max(1, Math.min(rows, Math.floor(STRIP_BYTES / (group * panel * size))))
    : rows;
  const lengths: { readonly [part in Part]: number } = {
    job: JOB_BYTES,
    weights: filters.reduce((n, { weights }) => n + weights.length * 8, 0),
    tables: 4 * (planes + rows + columns + windows[0]! + windows[1]! + windows[2]!),
    rows: 4 * Math.max(...windows),
    constant: pitch,
    line: pitch,
    padded: pitch,
    ring: windows[1]! * group * pitch,
    planes: filtersPlanes ? (group + windows[0]! - 1) * pitch : 0,
    strip: hasNext ? group * stripRows * panel * size + SLACK : 0,
  };
  let bytes = 0;
  const at = {} as Record<Part, number>;
  for (const part of PARTS) {
    at[part] = bytes;
    bytes += aligned(lengths[part]);
  }
  return { group, panels, stripRows, pitch, at, bytes };
}

function threeOf(shape: readonly number[], missing: number): Three<number> {
  const [a = missing, b = missing, c = missing] = [missing, missing, missing, ...shape].slice(-3);
  return [a, b, c];
}

/** The filter of each of the last three axes. */
function threeFilters(filters: readonly AxisFilter[], rank: number): (AxisFilter | undefined)[] {
  return [3, 2, 1].map((fromEnd) => filters.find(({ axis }) => axis === rank - fromEnd));
}

function windowOf(filter: AxisFilter | undefined): number {
  if (!filter) return 1;
  const [before, after] = reachOf(filter);
  return before + 1 + after;
}

/** The elements of the source that stand for those of the extended axis which outputs [from, from + count) take. */
function standIns(
  job: Job,
  axis: number,
  filter: AxisFilter | undefined,
  from: number,
  count: number,
): Int32Array {
  const map = job.box.maps[axis];
  if (!map) return new Int32Array(count);
  const n = map.stop - map.start;
  const boundary = filter?.boundary ?? job.boundary;
  const first = job.box.from[axis]! + from - (filter ? reachOf(filter)[0] : 0);
  return Int32Array.from({ length: count + windowOf(filter) - 1 }, (_, i) => {
    const at = mapIndex(first + i, n, boundary);
    return at === CONSTANT_INDEX ? at : (map.index?.[at] ?? at);
  });
}

/** The last three axes at one index of those before. */
function filterVolume(job: Job, outer: readonly number[]): void {
  const { heap, input, output, box, layout, next, scratch } = job;
  const rank = box.shape.length;
  const [planes, rows, columns] = threeOf(box.shape, 1);
  const filters = threeFilters(job.filters, rank);
  const size = itemSize(job.dtype);
  const sourceSize = itemSize(input.dtype);
  const strides = stridesOf(input.shape);
  const [planeStride, rowStride] = threeOf(strides, 0);
  let source = 0;
  let target = 0;
  for (const [axis, at] of outer.entries()) {
    source += standIns(job, axis, undefined, at, 1)[0]! * strides[axis]!;
    target = target * box.shape[axis]! + at;
  }
  const words = new Int32Array(heap.memory.buffer, scratch, JOB_BYTES / 4);
  const { separableRows } = heap.exports as unknown as RowsExports;
  writeWeights(job, filters);
  const tableB = standIns(job, rank - 2, filters[1], 0, rows);
  for (let a = 0; a < planes; a += layout.group) {
    const group = Math.min(layout.group, planes - a);
    const tableA = standIns(job, rank - 3, filters[0], a, group);
    const firstPlane = leastOf(tableA);
    for (let panel = 0; panel < layout.panels; panel++) {
      const c = Math.floor((panel * columns) / layout.panels);
      const count = Math.floor(((panel + 1) * columns) / layout.panels) - c;
      const tableC = standIns(job, rank - 1, filters[2], c, count);
      const firstColumn = leastOf(tableC);
      const relative = tableC.map((at) => (at < 0 ? at : at - firstColumn));
      writeTables(job, [tableA, tableB, relative]);
      const run = longestRun(relative);
      const result = output.ptr + ((target * planes + a) * rows * columns + c) * itemSize(output.dtype);
      const strip = scratch + layout.at.strip;
      words.set([
        dtypeCode(input.dtype),
        input.ptr + (source + firstColumn) * sourceSize,
        planeStride * sourceSize,
        rowStride * sourceSize,
        Math.max(0, Math.max(...relative) + 1),
        next ? strip : result,
        (next ? layout.stripRows * count : rows * columns) * size,
        (next ? count : columns) * size,
        group,
        count,
        firstPlane,
        Math.max(0, Math.max(...tableA) + 1 - firstPlane),
        layout.pitch,
        scratch + layout.at.ring,
        scratch + layout.at.planes,
        scratch + layout.at.constant,
        scratch + layout.at.line,
        scratch + layout.at.padded,
        scratch + layout.at.rows,
        run.at,
        run.length,
        run.source,
      ]);
      for (let row = 0; row < rows; row += layout.stripRows) {
        const end = Math.min(rows, row + layout.stripRows);
        if (next) words[5] = strip - row * count * size;
        separableRows(scratch, job.dtype === "float64", row, end);
        if (next) applyNext(job, next, { result, row, end, group, count });
      }
    }
  }
}

interface Strip {
  /** Where the output's first plane and row of these columns lie. */
  readonly result: number;
  readonly row: number;
  readonly end: number;
  readonly group: number;
  readonly count: number;
}

/** Takes the rows of a strip to where they belong in the output. */
function applyNext(job: Job, next: RowStep, { result, row, end, group, count }: Strip): void {
  const { heap, box, layout, scratch } = job;
  const [, rows, columns] = threeOf(box.shape, 1);
  const from = itemSize(job.dtype);
  const to = itemSize(next.dtype);
  const runs = count === columns ? 1 : end - row;
  const length = ((end - row) * count) / runs;
  for (let a = 0; a < group; a++) {
    let source = scratch + layout.at.strip + a * layout.stripRows * count * from;
    let target = result + (a * rows + row) * columns * to;
    for (let run = 0; run < runs; run++) {
      next.apply(heap, source, target, length);
      source += length * from;
      target += columns * to;
    }
  }
}

function writeWeights(
  { heap, dtype, scratch, layout, filters, boundary }: Job,
  three: readonly (AxisFilter | undefined)[],
): void {
  const last = filters.at(-1);
  let weightsAt = scratch + layout.at.weights;
  for (const [i, filter] of three.entries()) {
    const at = scratch + (AXES_AT + i * AXIS_WORDS) * 4;
    const words = new Int32Array(heap.memory.buffer, at, AXIS_WORDS);
    const beyond = filter?.boundary ?? boundary;
    words.set([
      filter?.weights.length ?? 0,
      filter ? SYMMETRIES.indexOf(filter.symmetry) : 0,
      filter ? reachOf(filter)[0] : 0,
      filter?.before ?? 0,
      windowOf(filter),
      weightsAt,
      0,
      filter !== undefined && filter === last ? 1 : 0,
    ]);
    new Float64Array(heap.memory.buffer, at + 32, 2).set([
      typeof beyond === "object" ? Number(beyond.constant) : 0,
      filter?.divisor ?? 1,
    ]);
    if (!filter) continue;
    (viewOf(dtype, heap.memory.buffer, weightsAt, filter.weights.length) as Float64Array).set(filter.weights);
    weightsAt += filter.weights.length * 8;
  }
}

function writeTables({ heap, scratch, layout }: Job, tables: Three<Int32Array>): void {
  let at = scratch + layout.at.tables;
  for (const [i, table] of tables.entries()) {
    new Int32Array(heap.memory.buffer, at, table.length).set(table);
    new Int32Array(heap.memory.buffer, scratch + (AXES_AT + i * AXIS_WORDS) * 4, AXIS_WORDS)[6] = at;
    at += 4 * table.length;
  }
}

/** The first element of the source that is needed; 0 where all is constant. */
function leastOf(table: Int32Array): number {
  let least = -1;
  for (const at of table) if (at >= 0 && (least < 0 || at < least)) least = at;
  return Math.max(0, least);
}

/** The longest part of an extended axis that is one run of the source. */
function longestRun(table: Int32Array): { at: number; length: number; source: number } {
  let best = { at: 0, length: 0, source: 0 };
  let at = 0;
  for (let i = 1; i <= table.length; i++) {
    if (i < table.length && table[i] === table[i - 1]! + 1 && table[i - 1]! >= 0) continue;
    if (table[at]! >= 0 && i - at > best.length) best = { at, length: i - at, source: table[at]! };
    at = i;
  }
  return best;
}
