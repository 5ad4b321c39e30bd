import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Block } from "../shared/block/block.ts";
import { Heap, type HeapBlock } from "../shared/kernels/heap.ts";
import { kernelModule } from "../shared/kernels/wasm/module.ts";
import { disagreement } from "./agreement.ts";
import { KERNEL_CASES, type KernelCase } from "./kernels/cases.ts";
import { type Inputs, inputFiles, makeInputs } from "./kernels/inputs.ts";
import { Partner } from "./peers/partner.ts";
import { peerPython } from "./peers/python.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, formatRatio, type Table } from "./table.ts";
import { leastSeconds, TURN_SECONDS } from "./thread-time.ts";

export interface KernelRow {
  readonly name: string;
  readonly beside: string;
  readonly dtype: string;
  readonly seconds: number;
  /** The reference's; undefined where there is none here. */
  readonly peerSeconds?: number;
}

export interface KernelsResult {
  readonly shape: readonly number[];
  readonly runs: number;
  readonly rows: readonly KernelRow[];
  readonly versions?: { readonly [name: string]: string };
  /** Why there is nothing beside it. */
  readonly skipped?: string;
  readonly failures: readonly string[];
}

const PACKAGES = ["numpy", "scipy", "scikit-image"];

/**
 * Kernels as a task runs them, on a block that lies in its heap, beside the functions whose results they equal: one thread
 * each, in turn. Results are compared first.
 */
export async function kernels(options: SuiteOptions): Promise<KernelsResult> {
  const { runs, log } = options;
  const folder = path.join(options.folder, "kernels");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const inputs = makeInputs(options.size);
  const python = await peerPython(options.python, PACKAGES);
  if ("why" in python) log(`nothing beside it: ${python.why}`);
  const partner = "why" in python ? undefined : await besides(python.program, inputs, folder);
  const rows: KernelRow[] = [];
  const failures: string[] = [];
  const seconds = options.size === "large" ? TURN_SECONDS : 0;
  try {
    for (const kernel of KERNEL_CASES) {
      if (options.only && !options.only.some((prefix) => kernel.name.startsWith(prefix))) continue;
      for (const dtype of kernel.dtypes) {
        const { row, wrong } = await measureKernel(kernel, dtype, { inputs, partner, folder, runs, seconds });
        if (wrong) failures.push(`${kernel.name}, ${dtype}: ${wrong}`);
        log(`${kernel.name}, ${dtype}: ${told(row)}`);
        rows.push(row);
      }
    }
  } finally {
    partner?.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    shape: inputs.shape,
    runs,
    rows,
    ...("why" in python ? { skipped: python.why } : { versions: python.versions }),
    failures,
  };
}

async function besides(python: string, inputs: Inputs, folder: string): Promise<Partner> {
  for (const [name, bytes] of inputFiles(inputs)) await writeFile(path.join(folder, `${name}.raw`), bytes);
  return new Partner(python, "kernels.py", [folder, inputs.shape.join()]);
}

/** What a kernel is held against. */
export type Beside = Pick<Partner, "time" | "results">;

interface Context {
  readonly inputs: Inputs;
  readonly partner: Beside | undefined;
  readonly folder: string;
  readonly runs: number;
  readonly seconds: number;
}

/** A kernel on a dtype: its time, and what is wrong with its result. */
export async function measureKernel(
  kernel: KernelCase,
  dtype: KernelCase["dtypes"][number],
  { inputs, partner, folder, runs, seconds }: Context,
): Promise<{ row: KernelRow; wrong: string | undefined }> {
  const { name, beside } = kernel;
  const heap = new Heap(kernelModule());
  const blocks = kernel.inputs(inputs, dtype).map((block) => heap.copyIn(block));
  const compute = kernel.work(heap, blocks);
  const free = (results: readonly HeapBlock[]): void => {
    for (const result of results) heap.free(result);
  };
  const first = await compute();
  const request = { case: name, dtype };
  const wrong = partner && (await compared(first, partner, request, folder, kernel));
  free(first);
  let own = Number.POSITIVE_INFINITY;
  let peer = Number.POSITIVE_INFINITY;
  for (let round = 0; round < runs; round++) {
    own = Math.min(own, await leastSeconds(async () => free(await compute()), seconds));
    if (partner) peer = Math.min(peer, await partner.time(request, seconds));
  }
  const row = { name, beside, dtype, seconds: own, ...(partner ? { peerSeconds: peer } : {}) };
  return { row, wrong };
}

async function compared(
  got: readonly Block[],
  partner: Beside,
  request: { readonly case: string; readonly dtype: string },
  folder: string,
  { tolerance }: KernelCase,
): Promise<string | undefined> {
  return disagreement(got, await partner.results(request, folder), tolerance);
}

function told({ seconds, peerSeconds }: KernelRow): string {
  const beside = peerSeconds === undefined ? "" : `, beside ${formatNumber(peerSeconds * 1000)}`;
  return `${formatNumber(seconds * 1000)} ms${beside}`;
}

/** What is printed, and goes into docs/benchmarks.md. */
export function kernelsTable({ rows }: KernelsResult): Table {
  return {
    head: ["kernel", "dtype", "ms", "reference's ms", "times as fast", "reference"],
    rows: rows.map(({ name, beside, dtype, seconds, peerSeconds }) => [
      name,
      dtype,
      formatNumber(seconds * 1000),
      formatNumber(peerSeconds === undefined ? undefined : peerSeconds * 1000),
      formatRatio(peerSeconds === undefined ? undefined : peerSeconds / seconds),
      beside,
    ]),
  };
}

/** What a reader of the table must know. */
export function kernelsNotes({ shape, runs, versions, skipped }: KernelsResult): string {
  const beside = versions
    ? `Every result agrees with the reference's: it is equal, or within the tolerance of the golden tests. Python ${versions["python"]}, ${PACKAGES.map((name) => `${name} ${versions[name]}`).join(", ")}.`
    : `The references weren't measured: ${skipped}.`;
  return `Blocks of ${shape.join(" x ")}: blobs with camera noise; masks are what is bright of them. One thread on each side, its processor time: the least of ${runs} turns, each of ${TURN_SECONDS * 1000} ms or one call. Lamella's kernels run as in a task, on a block that has been read: borders at the array's ends, allocation and the result's memory are part of the time. ${beside}`;
}
