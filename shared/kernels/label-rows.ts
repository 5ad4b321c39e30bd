import { deserialize, serialize } from "node:v8";
import type { DType } from "../block/dtype.ts";
import { isBigInt, isFloat } from "../block/dtype.ts";

/** What a table of labels is made of, per label: exact, so that rows of one label join in any order. */
export interface LabelRows {
  readonly labels: (number | bigint)[];
  /** Elements. */
  readonly area: number[];
  /** Sums of the coordinates in the whole array, per axis; empty where not wanted, as all that follow. */
  readonly coordinates: number[][];
  /** Smallest coordinates, and largest plus one, per axis. */
  readonly low: number[][];
  readonly high: number[][];
  /** Of an image. A NaN anywhere is the extreme. */
  readonly minimum: (number | bigint)[];
  readonly maximum: (number | bigint)[];
  /** Sums first of the image's values, then of value times coordinate per axis: whole numbers of `unit`s. */
  readonly sums: bigint[][];
  /** What isn't finite in these sums: 1 +inf, 2 -inf, 4 NaN. */
  readonly flags: number[][];
}

/** What rows hold. */
export interface RowLayout {
  readonly rank: number;
  readonly labelDType: DType;
  readonly coordinates: boolean;
  readonly box: boolean;
  readonly image: DType | undefined;
  readonly weighted: boolean;
}

export function sumsOf({ image, weighted, rank }: RowLayout): number {
  return image === undefined ? 0 : 1 + (weighted ? rank : 0);
}

/** Binary exponents of the units in which the sums count. */
export function sumUnit(image: DType, index: number): number {
  if (!isFloat(image)) return 0;
  if (index > 0 || image === "float64") return -1074;
  return image === "float32" ? -149 : -24;
}

export function emptyRows(layout: RowLayout): LabelRows {
  const columns = <T>(wanted: boolean, n = layout.rank): T[][] =>
    wanted ? Array.from({ length: n }, () => []) : [];
  return {
    labels: [],
    area: [],
    coordinates: columns(layout.coordinates),
    low: columns(layout.box),
    high: columns(layout.box),
    minimum: [],
    maximum: [],
    sums: columns(true, sumsOf(layout)),
    flags: columns(true, sumsOf(layout)),
  };
}

/** Joins rows of the same labels. */
export class RowJoiner {
  readonly rows: LabelRows;
  readonly #index = new Map<number | bigint, number>();

  constructor(layout: RowLayout) {
    this.rows = emptyRows(layout);
  }

  take(from: LabelRows): void {
    const into = this.rows;
    for (let i = 0; i < from.labels.length; i++) {
      const label = from.labels[i]!;
      const at = this.#index.get(label);
      if (at === undefined) {
        this.#index.set(label, into.labels.length);
        pushRow(into, from, i);
        continue;
      }
      into.area[at]! += from.area[i]!;
      for (const [axis, sums] of from.coordinates.entries()) into.coordinates[axis]![at]! += sums[i]!;
      for (const [axis, low] of from.low.entries()) {
        into.low[axis]![at] = Math.min(into.low[axis]![at]!, low[i]!);
        into.high[axis]![at] = Math.max(into.high[axis]![at]!, from.high[axis]![i]!);
      }
      if (from.minimum.length > 0) {
        into.minimum[at] = lesser(into.minimum[at]!, from.minimum[i]!);
        into.maximum[at] = greater(into.maximum[at]!, from.maximum[i]!);
      }
      for (const [k, sums] of from.sums.entries()) {
        into.sums[k]![at]! += sums[i]!;
        into.flags[k]![at]! |= from.flags[k]![i]!;
      }
    }
  }
}

function lesser(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" ? (a < b ? a : b) : Math.min(a, b as number);
}

function greater(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" ? (a > b ? a : b) : Math.max(a, b as number);
}

/** Adds row `i` of `from` to the end of `into`. */
export function pushRow(into: LabelRows, from: LabelRows, i: number): void {
  into.labels.push(from.labels[i]!);
  into.area.push(from.area[i]!);
  for (const name of ["coordinates", "low", "high", "sums", "flags"] as const) {
    for (const [k, column] of from[name].entries()) into[name][k]!.push(column[i] as never);
  }
  if (from.minimum.length > 0) {
    into.minimum.push(from.minimum[i]!);
    into.maximum.push(from.maximum[i]!);
  }
}

/** Rows split by label into `parts`, so that all rows of a label are in one. */
export function splitRows(rows: LabelRows, layout: RowLayout, parts: number): LabelRows[] {
  if (parts === 1) return [rows];
  const split = Array.from({ length: parts }, () => emptyRows(layout));
  for (const [i, label] of rows.labels.entries()) {
    const part =
      typeof label === "bigint" ? Number(BigInt.asUintN(64, label) % BigInt(parts)) : Math.abs(label) % parts;
    pushRow(split[part]!, rows, i);
  }
  return split;
}

/** Rows as bytes. Numbers become typed arrays, which are a quarter of the size. */
export function packRows(rows: LabelRows): Uint8Array {
  const packed = Object.entries(rows).map(([name, column]) => [name, packColumn(column as unknown[])]);
  return serialize(Object.fromEntries(packed));
}

function packColumn(column: unknown[]): unknown {
  if (Array.isArray(column[0])) return column.map((inner) => packColumn(inner as unknown[]));
  return typeof column[0] === "number" ? Float64Array.from(column as number[]) : column;
}

export function unpackRows(bytes: Uint8Array): LabelRows {
  const unpack = (column: unknown): unknown => {
    if (column instanceof Float64Array) return Array.from(column);
    return Array.isArray(column) && typeof column[0] === "object" ? column.map(unpack) : column;
  };
  const packed = deserialize(bytes) as { [name: string]: unknown };
  return Object.fromEntries(
    Object.entries(packed).map(([name, column]) => [name, unpack(column)]),
  ) as unknown as LabelRows;
}

/** The label as users write it: a number where its dtype has room in one. */
export function labelOf(bits: bigint, dtype: DType): number | bigint {
  if (isBigInt(dtype)) return dtype === "int64" ? BigInt.asIntN(64, bits) : bits;
  const size = { int8: 8, int16: 16, int32: 32 }[dtype as string];
  return Number(size === undefined ? bits : BigInt.asIntN(size, bits));
}
