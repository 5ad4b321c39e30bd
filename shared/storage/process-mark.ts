import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import os from "node:os";

/** When a process started, in the kernel's ticks: the 22nd field of Linux's /proc/PID/stat, where the second, in brackets, may hold anything. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** This process as a part of a file's name: its host, its number, and its start, since numbers are used again. */
export function processMark(): string {
  return `${hostMark()}-${process.pid}-${startOf(process.pid) ?? 0}`;
}

/** Whether the process that left a mark is gone for sure; of other hosts nobody can tell. */
export function isGone(mark: string): boolean {
  const [host, pid, start] = mark.split("-");
  if (host !== hostMark() || !pid || !start) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return true;
  }
  const now = startOf(Number(pid));
  return start !== "0" && now !== undefined && now !== start;
}

function hostMark(): string {
  return createHash("sha256").update(os.hostname()).digest("hex").slice(0, 8);
}
