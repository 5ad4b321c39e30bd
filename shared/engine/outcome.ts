/** One object that a task owns: written, or left out because every element is the fill value. */
export interface ObjectRecord {
  /** Array id of the plan, or "run" for files in the run's folder. */
  readonly array: string;
  /** Key in the array's store. */
  readonly key: string;
  /** Bytes; 0 where the object was left out. */
  readonly size: number;
  /** CRC-32 of the bytes, hexadecimal; empty where left out. */
  readonly crc32: string;
}

/** Value range by channel index. */
export type Statistics = { [index: number]: [min: number, max: number] };

/** What a task reports: everything it owns, whatever was there before. */
export interface TaskOutcome {
  readonly objects: readonly ObjectRecord[];
  readonly statistics?: Statistics;
}

export function mergeStatistics(into: Statistics, from: Statistics): void {
  for (const [index, [min, max]] of Object.entries(from)) {
    const i = Number(index);
    const known = into[i];
    into[i] = known ? [Math.min(known[0], min), Math.max(known[1], max)] : [min, max];
  }
}
