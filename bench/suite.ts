import type { VolumeSize } from "./volume.ts";

export interface SuiteOptions {
  readonly size: VolumeSize;
  readonly runs: number;
  readonly workers: number;
  /** A Python that has the peers. */
  readonly python: string | undefined;
  /** Where inputs are kept and outputs come and go. */
  readonly folder: string;
  readonly log: (line: string) => void;
}
