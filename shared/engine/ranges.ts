/** The tasks [start, end). */
export type TaskRange = readonly [start: number, end: number];

/** Ascending numbers of tasks as ranges, each as long as can be. */
export function rangesOf(tasks: Iterable<number>): TaskRange[] {
  const ranges: [number, number][] = [];
  for (const task of tasks) {
    const last = ranges.at(-1);
    if (last && last[1] === task) last[1]++;
    else ranges.push([task, task + 1]);
  }
  return ranges;
}

/** The numbers of the tasks of ranges, in their order. */
export function* tasksOf(ranges: readonly TaskRange[]): Generator<number> {
  for (const [start, end] of ranges) for (let task = start; task < end; task++) yield task;
}
