/** A box in an array: `start` inclusive, `shape` its size per axis, in elements. */
export interface Region {
  readonly start: readonly number[];
  readonly shape: readonly number[];
}

export function regionOf(start: readonly number[], stop: readonly number[]): Region {
  return { start, shape: stop.map((s, i) => Math.max(0, s - start[i]!)) };
}

export function stopOf(region: Region): number[] {
  return region.start.map((s, i) => s + region.shape[i]!);
}

export function wholeRegion(shape: readonly number[]): Region {
  return { start: shape.map(() => 0), shape };
}

export function isEmpty(region: Region): boolean {
  return region.shape.some((n) => n === 0);
}

export function intersect(a: Region, b: Region): Region {
  const start = a.start.map((s, i) => Math.max(s, b.start[i]!));
  const stop = a.start.map((s, i) => Math.min(s + a.shape[i]!, b.start[i]! + b.shape[i]!));
  return regionOf(start, stop);
}

export function sameRegion(a: Region, b: Region): boolean {
  return a.start.every((s, i) => s === b.start[i]) && a.shape.every((n, i) => n === b.shape[i]);
}

/** Whether `inner` lies in `outer`. */
export function holds(outer: Region, inner: Region): boolean {
  return inner.start.every((start, axis) => {
    const from = outer.start[axis]!;
    return start >= from && start + inner.shape[axis]! <= from + outer.shape[axis]!;
  });
}

/** "[0:16, 512:1024]", as numpy would slice it. */
export function formatRegion(region: Region): string {
  return `[${region.start.map((s, i) => `${s}:${s + region.shape[i]!}`).join(", ")}]`;
}
