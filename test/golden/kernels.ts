import type { OwnBlock, OwnContext } from "../../shared/index.ts";

/** Own kernels of the golden operations that are Python functions in the reference. */

/** Each element and the one a row above it, 0 beyond the block. */
export function plusRowAbove({ data, shape }: OwnBlock<"float32">): Float32Array {
  const width = shape[1]!;
  return data.map((x, i) => x + (i >= width ? data[i - width]! : 0));
}

/** 10 times the block's row in the grid of blocks, plus its column. */
export function blockId(_: OwnBlock, { block, output }: OwnContext): Int32Array {
  const [row = 0, column = 0] = block.index;
  return new Int32Array(output.shape.reduce((a, b) => a * b, 1)).fill(10 * row + column);
}

/** The block above its least element. */
export function minusMin({ data }: OwnBlock<"uint16">): Uint16Array {
  const least = data.reduce((a, b) => Math.min(a, b));
  return data.map((x) => x - least);
}

/** Along the last axis. */
export function meanOfLast({ data, shape }: OwnBlock<"float32">): Float64Array {
  return Float64Array.from(rowsOf(data, shape), meanOf);
}

/** Along the last axis: the mean and the standard deviation. */
export function meanAndStd({ data, shape }: OwnBlock<"float32">): Float64Array[] {
  const rows = rowsOf(data, shape);
  const spread = (row: readonly number[]): number => {
    const mean = meanOf(row);
    return Math.sqrt(meanOf(row.map((x) => (x - mean) ** 2)));
  };
  return [Float64Array.from(rows, meanOf), Float64Array.from(rows, spread)];
}

/** Products of matrices, the last two axes; the second has no others. */
export function matmul(a: OwnBlock<"float32">, b: OwnBlock<"float32">): Float32Array {
  const [inner = 0, columns = 0] = b.shape.slice(-2);
  const rows = a.data.length / inner;
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a.data[row * inner + k]! * b.data[k * columns + column]!;
    return sum;
  });
}

/** Differences of neighbours along the last axis. */
export function diff({ data, shape }: OwnBlock<"float32">): Float32Array {
  return Float32Array.from(rowsOf(data, shape).flatMap((row) => row.slice(1).map((x, i) => x - row[i]!)));
}

function rowsOf(data: Float32Array, shape: readonly number[]): number[][] {
  const n = shape.at(-1)!;
  return Array.from({ length: data.length / n }, (_, i) => [...data.subarray(i * n, (i + 1) * n)]);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
