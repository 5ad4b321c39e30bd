import { type DType, isFloat, itemSize, viewOf } from "../block/dtype.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import { emptyRows, type LabelRows, labelOf, type RowLayout, sumsOf } from "./label-rows.ts";
import { exactLayout } from "./reduce/exact-sum.ts";
import { dtypeCode, reduceExports } from "./reduce/exports.ts";
import { extremeIdentity, heldDType } from "./reduce/extreme.ts";

interface MeasureExports {
  measureLabels(
    labels: number,
    size: number,
    image: number,
    dtype: number,
    axes: number,
    dims: number,
    start: number,
    at: number,
    keys: number,
    slots: number,
    bits: number,
    part: bigint,
    parts: bigint,
    blank: number,
    records: number,
    most: number,
    layout: number,
  ): number;
}

/** What the records of one pass take at most, bytes: where a block has more labels, it is gone through several times. */
const MOST_RECORD_BYTES = 16 * 2 ** 20;
const LEAST_LABELS = 1024;

/** Most heap bytes that `measureBlock` needs beside its blocks. */
export function measureScratch(layout: RowLayout): number {
  const { stride } = recordOf(layout);
  const most = mostLabels(stride);
  return most * (stride + 2 * 12) + 8 * 2 ** 10 + packBytes(most, layout);
}

/**
 * What is known of each label (not 0) of a block of integer labels that begins at `start` in its array: area, coordinates,
 * bounding box, and extremes and exact sums of an image of the same shape. In no order.
 */
export function measureBlock(
  heap: Heap,
  labels: HeapBlock,
  image: HeapBlock | undefined,
  start: readonly number[],
  layout: RowLayout,
): LabelRows {
  const rows = emptyRows(layout);
  if (labels.data.length === 0) return rows;
  const record = recordOf(layout);
  let most = Math.min(LEAST_LABELS, mostLabels(record.stride));
  let parts = 1;
  for (let part = 0; part < parts; ) {
    if (measurePart(heap, labels, image, start, layout, record, most, part, parts, rows)) part++;
    else if (most < mostLabels(record.stride)) most = Math.min(2 * most, mostLabels(record.stride));
    else {
      // What is done already would be told twice.
      if (part > 0) truncate(rows);
      parts *= 2;
      part = 0;
    }
  }
  return rows;
}

function mostLabels(stride: number): number {
  return 2 ** Math.floor(Math.log2(MOST_RECORD_BYTES / stride));
}

function truncate(rows: LabelRows): void {
  for (const column of Object.values(rows) as unknown[][]) {
    if (Array.isArray(column[0])) for (const inner of column as unknown[][]) inner.length = 0;
    else if (typeof column[0] !== "object") column.length = 0;
  }
}

/** False where there are more than `most` labels in the part. */
function measurePart(
  heap: Heap,
  labels: HeapBlock,
  image: HeapBlock | undefined,
  start: readonly number[],
  layout: RowLayout,
  record: RecordLayout,
  most: number,
  part: number,
  parts: number,
  rows: LabelRows,
): boolean {
  const bits = Math.log2(most) + 1;
  const shape = labels.shape.length === 0 ? [1] : labels.shape;
  const origin = labels.shape.length === 0 ? [0] : start;
  const rank = shape.length;
  const slots = 2 ** bits;
  const numbers = 3 * 8 * rank;
  const recordsAt = 12 * slots;
  const blankAt = recordsAt + most * record.stride;
  const table = heap.allocBytes(blankAt + record.stride + numbers + 40);
  try {
    const { buffer } = heap.memory;
    fillBlank(buffer, table + blankAt, record, layout);
    const dims = table + blankAt + record.stride;
    new BigInt64Array(buffer, dims, rank).set(shape.map(BigInt));
    new BigInt64Array(buffer, dims + 8 * rank, rank).set(origin.map(BigInt));
    const offsets = dims + numbers;
    new Uint32Array(buffer, offsets, 10).set(record.offsets);
    const { measureLabels } = heap.exports as unknown as MeasureExports;
    const count = measureLabels(
      labels.ptr,
      itemSize(labels.dtype),
      image?.ptr ?? 0,
      image ? dtypeCode(image.dtype) : -1,
      rank,
      dims,
      dims + 8 * rank,
      dims + 16 * rank,
      table,
      table + 8 * slots,
      bits,
      BigInt(part),
      BigInt(parts),
      table + blankAt,
      table + recordsAt,
      most,
      offsets,
    );
    if (count < 0) return false;
    readRecords(heap, table + recordsAt, count, record, layout, rows);
    return true;
  } finally {
    heap.freeBytes(table);
  }
}

interface RecordLayout {
  readonly stride: number;
  /** Byte offsets as the kernel module takes them: coordinates, low, high, minimum, maximum, sum, its digits, weighted, its digits, stride. */
  readonly offsets: readonly number[];
}

function weightedDigits(image: DType): number {
  return isFloat(image) ? exactLayout("sum", "float64").digits : 5;
}

function recordOf({ rank, coordinates, box, image, weighted }: RowLayout): RecordLayout {
  const axes = Math.max(1, rank);
  let at = 16;
  const take = (wanted: boolean, words: number): number => {
    if (!wanted) return 0;
    at += 8 * words;
    return at - 8 * words;
  };
  const coordinatesAt = take(coordinates, axes);
  const lowAt = take(box, axes);
  const highAt = take(box, axes);
  const minimumAt = take(image !== undefined, 1);
  const maximumAt = take(image !== undefined, 1);
  const sum = image && exactLayout("sum", image);
  const sumAt = take(image !== undefined, sum ? sum.stride / 8 : 0);
  const each = image ? weightedDigits(image) + (isFloat(image) ? 1 : 0) : 0;
  const weightedAt = take(image !== undefined && weighted, axes * each);
  const offsets = [coordinatesAt, lowAt, highAt, minimumAt, maximumAt, sumAt, sum?.digits ?? 0, weightedAt];
  return { stride: at, offsets: [...offsets, image ? weightedDigits(image) : 0, at] };
}

function fillBlank(
  buffer: ArrayBufferLike,
  ptr: number,
  { stride, offsets }: RecordLayout,
  layout: RowLayout,
): void {
  const axes = Math.max(1, layout.rank);
  const words = new BigInt64Array(buffer, ptr, stride / 8).fill(0n);
  if (layout.box) words.fill(2n ** 62n, offsets[1]! / 8, offsets[1]! / 8 + axes);
  if (layout.image === undefined) return;
  for (const [k, isMax] of [false, true].entries()) {
    const view = viewOf(heldDType(layout.image), buffer, ptr + offsets[3 + k]!, 1);
    const value = extremeIdentity(layout.image, isMax);
    view[0] = (
      view instanceof BigInt64Array || view instanceof BigUint64Array ? BigInt(value) : Number(value)
    ) as never;
  }
}

function readRecords(
  heap: Heap,
  ptr: number,
  count: number,
  { stride, offsets }: RecordLayout,
  layout: RowLayout,
  rows: LabelRows,
): void {
  const [coordinatesAt, lowAt, highAt, minimumAt, maximumAt, sumAt, digits, weightedAt, wDigits] =
    offsets as readonly number[] as [number, number, number, number, number, number, number, number, number];
  const words = new BigInt64Array(heap.memory.buffer, ptr, (count * stride) / 8);
  const step = stride / 8;
  for (let i = 0; i < count; i++) {
    rows.labels.push(labelOf(BigInt.asUintN(64, words[i * step]!), layout.labelDType));
    rows.area.push(Number(words[i * step + 1]));
    for (let axis = 0; axis < layout.rank; axis++) {
      if (layout.coordinates)
        rows.coordinates[axis]!.push(Number(words[i * step + coordinatesAt / 8 + axis]));
      if (!layout.box) continue;
      rows.low[axis]!.push(Number(words[i * step + lowAt / 8 + axis]));
      rows.high[axis]!.push(Number(words[i * step + highAt / 8 + axis]));
    }
  }
  if (layout.image === undefined || count === 0) return;
  const { image } = layout;
  for (let i = 0; i < count; i++) {
    rows.minimum.push(extremeAt(heap, ptr + i * stride + minimumAt, image));
    rows.maximum.push(extremeAt(heap, ptr + i * stride + maximumAt, image));
  }
  readSums(heap, ptr + sumAt, count, stride, digits, isFloat(image), rows, 0);
  const each = 8 * (wDigits + (isFloat(image) ? 1 : 0));
  for (let k = 1; k < sumsOf(layout); k++) {
    readSums(heap, ptr + weightedAt + (k - 1) * each, count, stride, wDigits, isFloat(image), rows, k);
  }
}

function extremeAt(heap: Heap, ptr: number, dtype: DType): number | bigint {
  const value = viewOf(heldDType(dtype), heap.memory.buffer, ptr, 1)[0]!;
  if (dtype !== "float16") return value;
  // Keys of the same order as the halves: see heldDType.
  const key = Number(value);
  if (key === 0x7fff || key === -0x8000) return Number.NaN;
  const bits = new Int16Array([key < 0 ? key ^ 0x7fff : key]);
  return new Float16Array(bits.buffer)[0]!;
}

function packBytes(count: number, { image, weighted }: RowLayout): number {
  if (image === undefined) return 0;
  const digits = Math.max(exactLayout("sum", image).digits, weighted ? weightedDigits(image) : 0);
  return 4 * count * (digits + 1);
}

/** Reads sums of `digits` words of 2^32, in which carries may be pending, as whole numbers. */
function readSums(
  heap: Heap,
  ptr: number,
  count: number,
  stride: number,
  digits: number,
  flagged: boolean,
  rows: LabelRows,
  k: number,
): void {
  const wasm = reduceExports(heap);
  wasm.reduceNormalize(ptr, count, stride, digits);
  const range = wasm.reduceWords(ptr, count, stride, digits);
  const first = range >> 8;
  const width = (range & 255) - first + 1;
  const scratch = heap.allocBytes(4 * count * width);
  wasm.reducePack(ptr, count, stride, digits, first, first + width - 1, scratch);
  const packed = new Uint32Array(heap.memory.buffer, scratch, count * width);
  const shift = BigInt(32 * first);
  for (let i = 0; i < count; i++) {
    const end = (i + 1) * width - 1;
    // The highest word has the sign.
    let sum = BigInt(packed[end]! | 0);
    for (let at = end - 1; at >= i * width; at--) sum = (sum << 32n) | BigInt(packed[at]!);
    rows.sums[k]!.push(sum << shift);
    rows.flags[k]!.push(
      flagged ? new Uint8Array(heap.memory.buffer, ptr + i * stride + 8 * digits, 1)[0]! : 0,
    );
  }
  heap.freeBytes(scratch);
}
