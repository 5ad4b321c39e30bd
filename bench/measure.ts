import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { TreeMemory } from "./tree-memory.ts";

/** What a command took, with all the processes that it started. */
export interface Measured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallSeconds: number;
  /** User and system time of the whole process tree. */
  readonly cpuSeconds: number;
  /** Largest resident set of the process tree, MiB; undefined where there is no /proc. */
  readonly peakMiB: number | undefined;
  /** Resident set of the process tree, sampled. */
  readonly residentBytes: readonly number[];
}

/** Waits for its command, then tells the processor time of all that it waited for. */
const TIMED = '"$@"; status=$?; times >&3; exit $status';

/** Runs a command to its end and measures it. */
export async function measure(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: { readonly [name: string]: string } } = {},
): Promise<Measured> {
  const started = performance.now();
  const child = spawn("sh", ["-c", TIMED, "sh", command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const memory = new TreeMemory(child.pid!);
  const [stdout, stderr, times, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    text(child.stdio[3] as NodeJS.ReadableStream),
    once(child, "close") as Promise<[number | null]>,
  ]).finally(() => memory.stop());
  return {
    status: status ?? -1,
    stdout,
    stderr,
    wallSeconds: (performance.now() - started) / 1000,
    cpuSeconds: childSeconds(times),
    peakMiB: memory.peakBytes === undefined ? undefined : memory.peakBytes / 2 ** 20,
    residentBytes: memory.history,
  };
}

/** The sum of `times`' second line, which is about the shell's children: "0m9.44s 0m1.12s". */
export function childSeconds(times: string): number {
  const line = times.trim().split("\n").at(-1) ?? "";
  let sum = 0;
  for (const [, minutes, seconds] of line.matchAll(/(\d+)m([\d.,]+)s/g)) {
    sum += Number(minutes) * 60 + Number(seconds!.replace(",", "."));
  }
  return sum;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
