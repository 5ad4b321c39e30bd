import os from "node:os";
import { startOf } from "../../storage/process-mark.ts";

/** The process that carries a run out, as it writes itself into the run's state. */
export interface RunProcess {
  readonly pid: number;
  readonly host: string;
  /** When it started, in the kernel's ticks; where that can be told. A number is used again, after a restart for instance. */
  readonly start?: string;
}

export function thisProcess(): RunProcess {
  const start = startOf(process.pid);
  return { pid: process.pid, host: os.hostname(), ...(start === undefined ? {} : { start }) };
}

/** Whether a run's process is there still; undefined where that can't be seen from here. */
export function isAlive({ pid, host, start }: RunProcess): boolean | undefined {
  if (host !== os.hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return start === undefined || startOf(pid) === start;
}
