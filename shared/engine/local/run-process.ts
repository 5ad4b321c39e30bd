import os from "node:os";

/** The process that carries a run out, as it writes itself into the run's state. */
export interface RunProcess {
  readonly pid: number;
  readonly host: string;
}

export function thisProcess(): RunProcess {
  return { pid: process.pid, host: os.hostname() };
}

/** Whether a run's process is there still; undefined where that can't be seen from here. Another process may have got its number. */
export function isAlive({ pid, host }: RunProcess): boolean | undefined {
  if (host !== os.hostname()) return undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
