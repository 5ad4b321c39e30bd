import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { expect, test } from "vitest";
import type { FuzzReport } from "./run.ts";
import { TARGETS } from "./targets/index.ts";

/** `LAMELLA_FUZZ` for another number of mutations, `LAMELLA_FUZZ_SEED` for others. */
const MUTATIONS = Number(process.env["LAMELLA_FUZZ"] ?? 10_000);
const SEED = Number(process.env["LAMELLA_FUZZ_SEED"] ?? 1);
/** The process says how far it is every few hundred files: where it is silent for so long, one of them hangs. */
const SILENCE = 30_000;
const DEADLINE = 10_000;
const MOST_BYTES = 512 * 2 ** 20;

/**
 * Small sound files of each format, damaged: each is read, or refused with a coded error, within the time and
 * memory that bad input may take. In a process of its own, which is ended where it hangs.
 */
test(`${MUTATIONS} damaged files (seed ${SEED}) are read or refused with a coded error`, async () => {
  const child = spawn(
    process.execPath,
    [path.resolve(import.meta.dirname, "run.ts"), String(SEED), String(MUTATIONS)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let last: FuzzReport | undefined;
  let timer = setTimeout(() => child.kill("SIGKILL"), SILENCE);
  for await (const line of readline.createInterface(child.stdout)) {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), SILENCE);
    last = JSON.parse(line) as FuzzReport;
  }
  clearTimeout(timer);
  console.log(`fuzzer, seed ${SEED}: ${JSON.stringify(last?.outcomes)}`);
  expect(last?.failures).toEqual([]);
  expect(last?.done, `seed ${SEED}: a file after mutation ${last?.done} hangs`).toBe(MUTATIONS);
  expect(last!.slowest.milliseconds, last!.slowest.mutation).toBeLessThan(DEADLINE);
  expect(last!.peakBytes).toBeLessThan(MOST_BYTES);
  for (const { name } of TARGETS) {
    const { read = 0, ...refused } = last!.outcomes[name]!;
    expect(read, name).toBeGreaterThan(0);
    expect(Object.keys(refused).length, name).toBeGreaterThan(0);
  }
}, 600_000);
