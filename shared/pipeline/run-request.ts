import type { Json } from "../errors.ts";

/** What starts a run: the state machine's input, and what the upload trigger and the command line send. */
export type RunRequest =
  | { readonly pipeline: { readonly [key: string]: Json }; readonly options?: RunOptions }
  | { readonly pipelineUri: string; readonly options?: RunOptions }
  | {
      readonly convert: { readonly src: string; readonly dst: string; readonly [option: string]: Json };
      readonly options?: RunOptions;
    }
  /** A run whose plan is in the control bucket already (the command line compiles on the user's computer), from a stage on. */
  | { readonly runId: string; readonly stage?: number };

export interface RunOptions {
  readonly overwrite?: boolean;
  readonly set?: { readonly [name: string]: Json };
  readonly memoryMiB?: number;
  readonly maxCostUsd?: number;
  /** Chosen by the caller so that a repeated request is the same run; made up where absent. */
  readonly runId?: string;
}
