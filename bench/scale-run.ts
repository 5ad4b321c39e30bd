/**
 * What a plan of millions of tasks takes, in a process of its own: `node bench/scale-run.ts TASKS FOLDER` prints seconds and
 * counts as JSON. Nothing is computed: an array of which there is only the metadata, and receipts that are made up.
 */
import path from "node:path";
import { gridShape } from "../shared/block/chunk-grid.ts";
import { cellAt } from "../shared/block/grid-order.ts";
import type { BatchItem } from "../shared/engine/protocol.ts";
import { batchesOf, readProgress, requireComplete, writeReceipt } from "../shared/engine/receipts.ts";
import { beginRun } from "../shared/engine/run.ts";
import type { RunFolder } from "../shared/engine/run-folder.ts";
import { nextTurn } from "../shared/engine/stage-loop.ts";
import { pipelineOutputs } from "../shared/pipeline/request.ts";
import { compile } from "../shared/plan/compile.ts";
import type { MapStage, Plan } from "../shared/plan/schema.ts";
import { FileStore } from "../shared/storage/file.ts";
import { arrayMetadataObjects } from "../shared/zarr/write.ts";
import type { ScaleMeasurement } from "./scale.ts";

const [tasksWanted, folder] = [Number(process.argv[2]), process.argv[3]!];
/** Chunks of a plane along either axis. */
const ACROSS = 32;
const CHUNK = 256;

const started = performance.now();
const seconds: { [what: string]: number } = {};
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  seconds[what] = (seconds[what] ?? 0) + (performance.now() - from) / 1000;
  return result;
}

const plan = await timed("compile", async () => {
  const planes = Math.ceil(tasksWanted / ACROSS ** 2);
  await pretendVolume([planes, ACROSS * CHUNK, ACROSS * CHUNK]);
  const document = {
    version: 1,
    inputs: { image: { zarr: "volume.zarr" } },
    steps: {
      bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 } },
      mean: { op: "mean", in: "image", axis: 0 },
    },
    outputs: { bright: { zarr: "bright.zarr" }, mean: { zarr: "mean.zarr" } },
  };
  const outputs = await pipelineOutputs(document, {}, folder, "scale.json");
  return compile(outputs, { budget: { workers: 1, memoryMiB: 3538 } });
});
const stage = plan.stages.findIndex((each) => each.kind === "map");
const run = await timed("begin", () => beginRun(plan, new FileStore(folder), "aws"));

await timed("manifests", async () => {
  for (let index = 0; index < plan.stages.length; index++) await nextTurn(run, plan, index);
});
const batches = await manifest(run, stage);

// Half of the batches at random, as a run that was interrupted leaves them.
const random = randomBits(1);
const finished = batches.filter(() => random());
for (const item of finished) await pretendReceipt(run, plan, stage, item);
const expected = finished.reduce((n, { start, end }) => n + end - start, 0);

const progress = await timed("read back", () => readProgress(run, plan, stage));
if (progress.doneCount !== expected) throw new Error(`${progress.doneCount} tasks are done, not ${expected}`);
const remaining = await timed("manifest of the rest", () =>
  run.writeManifest(stage, batchesOf(progress.done, batchSizeOf(batches), progress.nextBatch)),
);

// Half of the tasks at random, which is the worst there is: as many batches as gaps.
const scattered = new Uint8Array(progress.tasks);
for (let task = 0; task < scattered.length; task++) scattered[task] = Number(random());
const gaps = await timed("manifest of half of the tasks", () =>
  run.writeManifest(stage, batchesOf(scattered, batchSizeOf(batches), 0)),
);

const done = new Set(finished.map((item) => item.batch));
for (const item of batches) if (!done.has(item.batch)) await pretendReceipt(run, plan, stage, item);
await timed("check", () => requireComplete(run, plan, stage));
await timed("check again, rolled up", () => requireComplete(run, plan, stage));

const result: ScaleMeasurement = {
  tasks: progress.tasks,
  batches: batches.length,
  remaining,
  gaps,
  seconds,
  wallSeconds: (performance.now() - started) / 1000,
  peakMiB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

async function pretendVolume(shape: readonly number[]): Promise<void> {
  const store = new FileStore(path.join(folder, "volume.zarr"));
  const documents = arrayMetadataObjects({
    zarrFormat: 3,
    shape,
    dtype: "uint8",
    chunkShape: [1, CHUNK, CHUNK],
    codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
    fillValue: 0,
  });
  for (const { key, bytes } of documents) await store.put(key, bytes);
}

async function manifest(run: RunFolder, stage: number): Promise<BatchItem[]> {
  return (await run.json<BatchItem[]>(run.manifestKey(stage)))!;
}

function batchSizeOf(items: readonly BatchItem[]): number {
  return items[0]!.end - items[0]!.start;
}

/** A receipt of a batch with one object a task, as a worker leaves it. */
async function pretendReceipt(run: RunFolder, plan: Plan, stage: number, item: BatchItem): Promise<void> {
  const { grid, writes } = plan.stages[stage] as MapStage;
  const cells = gridShape(grid.shape, grid.block);
  const array = writes[0]!.array;
  const objects = Array.from({ length: item.end - item.start }, (_, i) => {
    const key = `c/${cellAt(item.start + i, cells).join("/")}`;
    return [array, key, 60_000 + (i % 1000), "89abcdef"] as const;
  });
  await writeReceipt(run, {
    ...item,
    version: 1,
    planHash: plan.hash,
    stage,
    seconds: 100,
    bytesRead: 1e8,
    bytesWritten: 1e8,
    peakHeap: 1e7,
    objects,
  });
}

/** Coins: mulberry32. */
function randomBits(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) & 1) === 1;
  };
}
