import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { newBlock } from "../shared/block/block.ts";
import { FileStore } from "../shared/storage/file.ts";
import type { ArraySpec } from "../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeChunk } from "../shared/zarr/write.ts";
import { measure, median } from "./measure.ts";
import { Harness, type Run } from "./peers/harness.ts";
import { type Codec, type Program, WORKLOADS, type Workload } from "./peers/workloads.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, formatRatio, type Table } from "./table.ts";

const ROOT = path.dirname(import.meta.dirname);

/** One program on one workload: medians of the runs that ended well. */
export interface Cell extends Run {
  readonly program: string;
  readonly runs: number;
  /** What each run took, CPU seconds. */
  readonly each: readonly number[];
}

export interface Row {
  readonly workload: Workload;
  readonly codec: Codec;
  readonly lamella: Cell | undefined;
  readonly peers: readonly Cell[];
  /** What the comparison of Lamella's output with numpy's and scipy's said. */
  readonly verified: string;
}

export interface PeersResult {
  readonly rows: readonly Row[];
  readonly runs: number;
  readonly workers: number;
  readonly size: string;
  /** Why nothing was measured. */
  readonly skipped?: string;
  /** What doesn't hold that should. */
  readonly failures: readonly string[];
}

/**
 * Lamella beside its peers, in turn: each round runs every program on a workload once, so that whatever else the computer does
 * meets all of them. The peers' harness measures all of them the same way.
 */
export async function peers(options: SuiteOptions): Promise<PeersResult> {
  const { runs, workers, size } = options;
  const harness = new Harness(options.peersRoot ?? path.join(ROOT, "../shared/reference/peers"), size);
  const missing = harness.missing();
  const none = { rows: [], runs, workers, size };
  if (missing) {
    const skipped = `${missing} isn't there; --peers names the folder that the peers' setup.sh was run in`;
    options.log(`nothing to compare with: ${skipped}`);
    return { ...none, skipped, failures: [] };
  }
  const program: Program = {
    node: process.execPath,
    root: options.program ?? ROOT,
    runs: path.join(options.folder, "peers/runs"),
    tiny: path.join(options.folder, "peers/tiny.zarr"),
  };
  await mkdir(path.join(options.folder, "peers"), { recursive: true });
  await writeTiny(program.tiny);
  const rows: Row[] = [];
  for (const workload of WORKLOADS) {
    if (options.only && !options.only.some((prefix) => workload.name.startsWith(prefix))) continue;
    rows.push(...(await rowsOf(workload, program, harness, options)));
  }
  await rm(program.runs, { recursive: true, force: true });
  return { rows, runs, workers, size, failures: rows.flatMap(failuresOf) };
}

async function rowsOf(
  workload: Workload,
  program: Program,
  harness: Harness,
  options: SuiteOptions,
): Promise<Row[]> {
  const codecs: Codec[] = workload.targetOfPeersCodec === undefined ? ["blosc"] : ["blosc", "zstd"];
  const measured = new Map<string, Run[]>();
  for (let round = 0; round < options.runs; round++) {
    const turns = [
      ...codecs.map((codec) => ({ name: `lamella ${codec}`, command: workload.command(program, codec) })),
      ...workload.peers.map((peer) => ({ peer })),
    ];
    for (const turn of turns) {
      const name = "peer" in turn ? turn.peer : turn.name;
      const run = await harness.run(workload.name, turn, options.workers);
      options.log(`${workload.name}, round ${round + 1}: ${name} ${run ? told(run) : "failed"}`);
      if (run) measured.set(name, [...(measured.get(name) ?? []), run]);
    }
  }
  const others = workload.peers.flatMap((peer) => cellOf(peer, measured.get(peer)) ?? []);
  const rows: Row[] = [];
  for (const codec of codecs) {
    const lamella = cellOf("lamella", measured.get(`lamella ${codec}`));
    const verified = await verify(workload, codec, program, harness, options);
    options.log(`${workload.name} ${codec}: ${verified}`);
    rows.push({ workload, codec, lamella, peers: others, verified });
  }
  return rows;
}

function cellOf(program: string, runs: readonly Run[] | undefined): Cell | undefined {
  if (!runs) return undefined;
  const middle = (pick: (run: Run) => number) => median(runs.map(pick));
  return {
    program,
    runs: runs.length,
    each: runs.map((run) => run.cpuSeconds),
    wallSeconds: middle((run) => run.wallSeconds),
    cpuSeconds: middle((run) => run.cpuSeconds),
    peakMiB: middle((run) => run.peakMiB),
    outputMB: middle((run) => run.outputMB),
  };
}

/** Runs Lamella once more, outside of the measurement, and compares what it gives. */
async function verify(
  workload: Workload,
  codec: Codec,
  program: Program,
  harness: Harness,
  { folder, workers }: SuiteOptions,
): Promise<string> {
  const output = path.join(folder, "peers", workload.name);
  const remove = () =>
    Promise.all(
      ["", ".json", ".npz"].map((suffix) => rm(`${output}${suffix}`, { recursive: true, force: true })),
    );
  await remove();
  const source = path.join(harness.data, workload.input ?? "");
  const values: { readonly [name: string]: string } = {
    in: source,
    out: output,
    data: harness.data,
    nw: String(workers),
  };
  const command = workload
    .command(program, codec)
    .replace(/\{(in|out|data|nw)\}/g, (_, name) => values[name]!);
  const run = await measure("sh", ["-c", command]);
  if (run.status !== 0) return `failed: ${run.stderr.trim().split("\n").at(-1)}`;
  const expected = (...args: string[]) =>
    measure(harness.python, [path.join(ROOT, "bench/peers/expected.py"), ...args]);
  const { check } = workload;
  if (check === "prints sum" || typeof check === "object") {
    const printed = run.stdout.trim();
    const wanted = typeof check === "object" ? check.prints : (await expected("sum", source)).stdout.trim();
    return printed === wanted ? "same" : `${printed}, not ${wanted}`;
  }
  if (check === "statistics") await expected("statistics", output);
  const written = workload.written?.(output) ?? output;
  const said = await harness.verify(workload.name, written);
  await remove();
  return said;
}

/** A chunk of ones. */
async function writeTiny(target: string): Promise<void> {
  const spec: ArraySpec = {
    zarrFormat: 3,
    shape: [64, 64],
    dtype: "float64",
    chunkShape: [64, 64],
    codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
    fillValue: 0,
  };
  await rm(target, { recursive: true, force: true });
  const store = new FileStore(target);
  const block = newBlock("float64", spec.shape);
  (block.data as Float64Array).fill(1);
  await store.put(chunkKey(spec, [0, 0]), encodeChunk(spec, block)!);
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(key, bytes);
}

/** The peer that a row is held against. */
function best({ workload, peers }: Row): Cell | undefined {
  if (workload.wallOf) return peers.find((peer) => peer.program === workload.wallOf);
  return peers.toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)[0];
}

interface Ratios {
  readonly best: Cell;
  readonly quickest: number;
  readonly cpu: number;
  readonly wall: number;
  readonly memory: number;
  readonly target: number;
}

function ratiosOf(row: Row): Ratios | undefined {
  const { workload, codec, lamella, peers } = row;
  const rival = best(row);
  if (!lamella || !rival) return undefined;
  const quickest = workload.wallOf ? rival.wallSeconds : Math.min(...peers.map((peer) => peer.wallSeconds));
  return {
    best: rival,
    quickest,
    cpu: lamella.cpuSeconds / rival.cpuSeconds,
    wall: lamella.wallSeconds / quickest,
    memory: lamella.peakMiB / Math.max(MEMORY_MIB, Math.min(...peers.map((peer) => peer.peakMiB))),
    target: codec === "zstd" ? workload.targetOfPeersCodec! : workload.target,
  };
}

/** What any program may take. */
const MEMORY_MIB = 256;

function failuresOf(row: Row): string[] {
  const name = `${row.workload.name} (${row.codec})`;
  const ratios = ratiosOf(row);
  if (!ratios) return [`${name}: ${row.lamella ? "no peer" : "Lamella"} ended well`];
  const { cpu, wall, memory, target } = ratios;
  const failures: string[] = [];
  const counted = row.workload.wallOf ? wall : cpu;
  const over = (what: string, value: number, most: number) =>
    failures.push(`${name}: ${value.toFixed(2)} of the best peer's ${what}, ${most.toFixed(2)} at most`);
  if (counted > target) over(row.workload.wallOf ? "wall" : "CPU", counted, target);
  if (memory > 1) over("memory", memory, 1);
  if (!/same|L1\.\. max diff \[(0|1)/.test(row.verified)) failures.push(`${name}: ${row.verified}`);
  return failures;
}

function told({ cpuSeconds, wallSeconds, peakMiB, outputMB }: Run): string {
  return `${formatNumber(cpuSeconds)} CPU s, ${formatNumber(wallSeconds)} s, ${formatNumber(peakMiB)} MiB, ${formatNumber(outputMB)} MB out`;
}

export function peersTable({ rows }: PeersResult): Table {
  return {
    head: [
      "workload",
      "best peer",
      "its CPU s",
      "Lamella's",
      "CPU ratio",
      "target",
      "wall ratio",
      "peak MiB",
      "memory ratio",
      "MB out",
      "the peer's",
      "result",
    ],
    rows: rows.map((row) => {
      const { workload, codec, lamella, verified } = row;
      const ratios = ratiosOf(row);
      const title = `${workload.name} ${workload.title}${codec === "zstd" ? ", zstd 3" : ""}`;
      if (!lamella || !ratios) return [title, ...Array<string>(11).fill("")];
      return [
        title,
        ratios.best.program,
        formatNumber(ratios.best.cpuSeconds),
        formatNumber(lamella.cpuSeconds),
        formatRatio(ratios.cpu),
        workload.wallOf ? `${ratios.target} of wall` : String(ratios.target),
        formatRatio(ratios.wall),
        formatNumber(lamella.peakMiB),
        formatRatio(ratios.memory),
        formatNumber(lamella.outputMB),
        formatNumber(ratios.best.outputMB),
        verified,
      ];
    }),
  };
}

export function peersNotes({ rows, runs, workers, size, skipped }: PeersResult): string {
  if (skipped) return `Nothing was measured: ${skipped}.`;
  const sum = (pick: (row: Row) => number | undefined) =>
    rows.filter((row) => row.codec === "blosc").reduce((total, row) => total + (pick(row) ?? 0), 0);
  const own = sum((row) => row.lamella?.outputMB);
  const theirs = sum((row) => best(row)?.outputMB);
  return [
    `${workers} workers, ${size} data, medians of ${runs} runs in turn. The best peer is the one that takes the least CPU; the wall ratio is against the one that ends first, the memory ratio against the smallest, or ${MEMORY_MIB} MiB where that is more. Lamella writes blosc (zstd 1, byte shuffle), the peers zstd 3; rows with "zstd 3" write the peers' codec. All outputs: ${formatNumber(own)} MB, the best peers' ${formatNumber(theirs)} MB.`,
    formatPeers(rows),
  ].join("\n\n");
}

/** Every peer of every workload, in one line a workload. */
function formatPeers(rows: readonly Row[]): string {
  const lines = rows
    .filter((row) => row.codec === "blosc")
    .map(
      ({ workload, peers }) =>
        `- ${workload.name}: ${peers
          .toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)
          .map(
            (peer) =>
              `${peer.program} ${formatNumber(peer.cpuSeconds)} (${formatNumber(peer.wallSeconds)} s, ${formatNumber(peer.peakMiB)} MiB)`,
          )
          .join(", ")}`,
    );
  return ["CPU seconds of the peers (wall, peak):", lines.join("\n")].join("\n\n");
}
