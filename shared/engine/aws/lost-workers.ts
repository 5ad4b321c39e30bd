/**
 * What Step Functions calls a function whose process ended without an answer, of memory or time as a rule: its batch goes to a
 * larger one. The last two are ours, of a function that saw it coming.
 */
export const LOST_WORKERS: readonly string[] = [
  "Lambda.Unknown",
  "Sandbox.Timedout",
  "Runtime.ExitError",
  "Runtime.OutOfMemory",
  "States.Timeout",
  "WORKER_DIED",
  "OUT_OF_TIME",
];
