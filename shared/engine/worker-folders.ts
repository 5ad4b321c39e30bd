/**
 * The folders of a run's own folder that workers write to; all else there (plan, kernels, manifests, state) is written by
 * whoever plans and ends the run. The stack gives its workers the right to write to these alone.
 */
export const WORKER_FOLDERS = [
  "data",
  "state",
  "label",
  "receipts",
  "failures",
  "working",
  "checkpoints",
] as const;

/** Those that hold intermediates and markers of work: they go when the run has succeeded. */
export const INTERMEDIATE_FOLDERS = ["data", "state", "label", "working", "checkpoints"] as const;
