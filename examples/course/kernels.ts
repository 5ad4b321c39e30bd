import type { OwnBlock } from "lamella";

/** Own kernels of the examples: each gets blocks, typed arrays in C order, and gives the elements of the result. */

/** (fluorescence - background) / (brightfield - background), 0 where nothing is left to divide by. */
export function ratio(
  fluor: OwnBlock<"uint16">,
  bright: OwnBlock<"uint16">,
  background: OwnBlock<"uint16">,
): Float32Array {
  return Float32Array.from(fluor.data, (value, i) => {
    const divisor = bright.data[i]! - background.data[i]!;
    return divisor === 0 ? 0 : (value - background.data[i]!) / divisor;
  });
}

/** A plane's mask on each time point. */
export function applyMask(series: OwnBlock<"uint16">, mask: OwnBlock<"bool">): Uint16Array {
  return series.data.map((value, i) => value * mask.data[i % mask.data.length]!);
}

/** Of each row along the last axis: its least and its greatest element. */
export function range({ data, shape }: OwnBlock<"uint16">): Uint16Array[] {
  const n = shape.at(-1)!;
  const rows = Array.from({ length: data.length / n }, (_, i) => data.subarray(i * n, (i + 1) * n));
  return [
    Uint16Array.from(rows, (row) => Math.min(...row)),
    Uint16Array.from(rows, (row) => Math.max(...row)),
  ];
}
