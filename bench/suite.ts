import type { VolumeSize } from "./volume.ts";

export interface SuiteOptions {
  readonly size: VolumeSize;
  readonly runs: number;
  readonly workers: number;
  /** A Python that has the peers. */
  readonly python: string | undefined;
  /** Where inputs are kept and outputs come and go. */
  readonly folder: string;
  /** The folder of the peers' harness. */
  readonly peersRoot?: string | undefined;
  /** The root of another checkout whose program is measured, built. */
  readonly program?: string | undefined;
  /** Workloads by the beginnings of their names; all where none are named. */
  readonly only?: readonly string[] | undefined;
  readonly log: (line: string) => void;
}
