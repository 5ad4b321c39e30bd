import type { OwnBlock, OwnContext } from "../../shared/kernels/own/own-kernel.ts";

/** Ten times the row of blocks, plus the column. */
export function blockId(_block: OwnBlock, { block, output }: OwnContext): Int32Array {
  return new Int32Array(output.shape.reduce((a, b) => a * b, 1)).fill(10 * block.index[0]! + block.index[1]!);
}

export function minusLocalMin(block: OwnBlock<"uint16">): Uint16Array {
  const low = block.data.reduce((a, b) => Math.min(a, b), 65_535);
  return block.data.map((x) => x - low);
}

/** Changes its block in place, which must not matter to anybody else. */
export function negated(block: OwnBlock<"float32">): Float32Array {
  for (let i = 0; i < block.data.length; i++) block.data[i] = -block.data[i]!;
  return block.data;
}

/** Each element and the one a row above it, 0 beyond the block. */
export function withRowAbove({ data, shape }: OwnBlock<"float32">): Float32Array {
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  return data.map((x, i) => x + (i >= width ? data[i - width]! : 0));
}

export function scaled({ data }: OwnBlock<"float32">, { args }: OwnContext<{ by: number }>): Float32Array {
  return data.map((x) => x * args.by);
}

/** Sum over the last axis. */
export function lastSum({ data, shape }: OwnBlock<"float32">): Float32Array {
  const n = shape.at(-1)!;
  return Float32Array.from({ length: data.length / n }, (_, i) => {
    return data.subarray(i * n, (i + 1) * n).reduce((a, b) => a + b, 0);
  });
}

/** Sums over lists of blocks along a contracted axis. */
export function listSum(blocks: readonly OwnBlock<"float32">[], { output }: OwnContext): Float32Array {
  if (!Array.isArray(blocks)) throw new Error("expected a list");
  const sum = new Float32Array(output.shape.reduce((a, b) => a * b, 1));
  for (const { data, shape } of blocks) {
    const n = shape.at(-1)!;
    for (let i = 0; i < data.length; i++) sum[Math.floor(i / n)]! += data[i]!;
  }
  return sum;
}

/** Of the last axis: the mean and the spread. */
export function meanAndSpread({ data, shape }: OwnBlock<"float32">): Float64Array[] {
  const n = shape.at(-1)!;
  const rows = Array.from({ length: data.length / n }, (_, i) => [...data.subarray(i * n, (i + 1) * n)]);
  const means = rows.map((row) => row.reduce((a, b) => a + b, 0) / n);
  const spread = rows.map((row, i) => Math.sqrt(row.reduce((a, b) => a + (b - means[i]!) ** 2, 0) / n));
  return [Float64Array.from(means), Float64Array.from(spread)];
}

export function differences({ data, shape }: OwnBlock<"float32">): Float32Array {
  const n = shape.at(-1)!;
  const rows = data.length / n;
  const out = new Float32Array(rows * (n - 1));
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < n - 1; i++) out[r * (n - 1) + i] = data[r * n + i + 1]! - data[r * n + i]!;
  }
  return out;
}

/** A series times a mask with fewer axes, plus a number. */
export function masked(series: OwnBlock<"float32">, mask: OwnBlock<"float32">, plus: number): Float32Array {
  return series.data.map((x, i) => x * mask.data[i % mask.data.length]! + plus);
}

export function everySecond({ data, shape }: OwnBlock<"float32">): Float32Array {
  const n = shape.at(-1)!;
  return data.filter((_, i) => (i % n) % 2 === 0);
}

export function wrongSize(): Float32Array {
  return new Float32Array(3);
}

export function throws(): never {
  throw new RangeError("no such luck");
}

export const notAFunction = 3;
