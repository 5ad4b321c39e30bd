import type { Block } from "../block/block.ts";
import type { Statistics } from "./protocol.ts";

const BINS = 128;
const LOW = 0.005;
const HIGH = 0.998;

/** What a window of brightness is chosen by: range, percentiles and histogram of the finite values. Zeros where there are none. */
export function statisticsOf({ data }: Block): Statistics {
  const values = new Float64Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]!);
    if (Number.isFinite(value)) values[count++] = value;
  }
  if (count === 0) return { min: 0, max: 0, low: 0, high: 0, histogram: new Array<number>(BINS).fill(0) };
  const sorted = values.subarray(0, count).sort();
  const [min, max] = [sorted[0]!, sorted[count - 1]!];
  const histogram = new Array<number>(BINS).fill(0);
  const width = (max - min) / BINS || 1;
  for (const value of sorted) histogram[Math.min(BINS - 1, Math.floor((value - min) / width))]!++;
  return {
    min,
    max,
    low: sorted[Math.floor(LOW * (count - 1))]!,
    high: sorted[Math.ceil(HIGH * (count - 1))]!,
    histogram,
  };
}
