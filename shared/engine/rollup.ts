import { gunzipSync, gzipSync } from "node:zlib";
import type { Statistics } from "./outcome.ts";
import type { RunFolder } from "./run-folder.ts";
import { seal } from "./sealed.ts";

/**
 * What the receipts of a stage say together, in one object: `receipts/<stage>.json` beside the folder of receipts. Of millions of
 * tasks it holds a bit each. It proves nothing by itself: it names every receipt that it counts, and holds only while all
 * of them are there as they were.
 */
export interface Rollup {
  readonly receipts: ReadonlyMap<number, string>;
  readonly done: Uint8Array;
  readonly sums: StageSums;
  readonly statistics: Statistics;
}

export interface StageSums {
  seconds: number;
  bytesRead: number;
  bytesWritten: number;
  peakHeap: number;
  escalations: number;
}

/** Receipts below which rolling up saves nothing. */
const MANY = 32;

interface RollupDocument extends StageSums {
  readonly version: 1;
  readonly planHash: string;
  /** Batch number and ETag of each receipt that is counted. */
  readonly receipts: readonly (readonly [number, string])[];
  /** A bit a task, the lowest first, gzip, base64. */
  readonly done: string;
  readonly statistics: Statistics;
}

function rollupKey(stage: number): string {
  return `receipts/${stage}.json`;
}

/** Writes a stage's roll-up where there are many receipts. */
export async function writeRollup(
  folder: RunFolder,
  planHash: string,
  stage: number,
  rollup: Rollup,
): Promise<void> {
  if (rollup.receipts.size < MANY) return;
  const document: RollupDocument = {
    version: 1,
    planHash,
    receipts: [...rollup.receipts],
    done: gzipSync(packBits(rollup.done)).toString("base64"),
    ...rollup.sums,
    statistics: rollup.statistics,
  };
  await folder.store.put(rollupKey(stage), seal(document), { contentType: "application/json" });
}

/** The roll-up of a stage of so many tasks, if it holds: `receipts` are those that are there, with their ETags. */
export async function readRollup(
  folder: RunFolder,
  planHash: string,
  stage: number,
  tasks: number,
  receipts: ReadonlyMap<number, string>,
): Promise<Rollup | undefined> {
  if (receipts.size < MANY) return undefined;
  const document = await folder.sealed<RollupDocument>(rollupKey(stage));
  if (document?.version !== 1 || document.planHash !== planHash) return undefined;
  if (document.receipts.some(([batch, etag]) => receipts.get(batch) !== etag)) return undefined;
  const { seconds, bytesRead, bytesWritten, peakHeap, escalations = 0, statistics } = document;
  return {
    receipts: new Map(document.receipts),
    done: unpackBits(gunzipSync(Buffer.from(document.done, "base64")), tasks),
    sums: { seconds, bytesRead, bytesWritten, peakHeap, escalations },
    statistics,
  };
}

function packBits(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) if (flags[i]) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

function unpackBits(bits: Uint8Array, count: number): Uint8Array {
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i++) flags[i] = (bits[i >> 3]! >> (i & 7)) & 1;
  return flags;
}
