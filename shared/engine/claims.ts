import { LamellaError } from "../errors.ts";
import { CLAIM_KEY } from "../plan/outputs.ts";
import type { Plan, PlanOutput } from "../plan/schema.ts";
import { requireWay } from "../storage/in-the-way.ts";
import { joinKey } from "../storage/key.ts";
import { realUri } from "../storage/real-uri.ts";
import type { ObjectStore } from "../storage/store.ts";
import { joinUri, openStore } from "../storage/uri.ts";
import type { LateWriters } from "./late-writers.ts";
import { clearLevels, levelFolders } from "./level-output.ts";
import { seal, sealOf, unseal } from "./sealed.ts";

/**
 * A run claims each output with a small object that holds its id, put conditionally, before anything else is written there.
 * Only the owner may go on; the claim goes when the output is finished. A table is a file among others in its folder: its claim lies
 * beside it.
 */
function claimKey({ table }: PlanOutput): string {
  return table ? `.lamella-claim.${table.key}.json` : CLAIM_KEY;
}

const METADATA = ["zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata"];

interface Claim {
  readonly runId: string;
  readonly at: string;
  /** What was there before is still being removed. */
  readonly clearing?: true;
  /** The run whose output was taken over, where one of its tasks may still have been writing; until when, where that is known. */
  readonly replaced?: string;
  readonly writesUntil?: string;
}

/** Who may still write for a run whose claim was just replaced. */
export type AskLateWriters = (runId: string) => Promise<LateWriters | undefined>;

/** A claim of a version that sealed none: its run can still be gone on with. */
function unsealed(bytes: Uint8Array): Claim | undefined {
  if (sealOf(bytes) !== "absent") return undefined;
  try {
    const claim = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Claim> | null;
    return typeof claim?.runId === "string" && claim.at !== undefined ? (claim as Claim) : undefined;
  } catch {
    return undefined;
  }
}

function rooted(output: PlanOutput, store: ObjectStore): ObjectStore {
  return output.root === "" ? store : store.child(output.root);
}

async function readClaim(store: ObjectStore, output: PlanOutput): Promise<Claim | undefined> {
  const bytes = await store.get(claimKey(output));
  if (!bytes) return undefined;
  // A damaged claim is somebody's still.
  return unseal<Claim>(bytes) ?? unsealed(bytes) ?? { runId: "(damaged claim)", at: "(unknown)" };
}

/** Whether a run may write a plan's outputs; nothing changes. OUTPUT_EXISTS or OUTPUT_CLAIMED, unless it may overwrite. */
export async function checkOutputs(plan: Plan, runId: string): Promise<void> {
  await checkInputsOutside(plan);
  const check = plan.overwrite ? requireOurs : requireFree;
  const replaced: string[] = [];
  for (const [output, store] of await outermostFirst(plan)) {
    const { uri, root, table, shown } = output;
    if (table) await requireWay(joinUri(uri, table.key), "file", shown);
    else await requireWay(root === "" ? uri : joinUri(uri, root), "folder", shown);
    // What lies in a folder that is replaced goes with it. A run that was cut short meanwhile left neither metadata nor a claim there.
    if (replaced.some((folder) => store.uri.startsWith(folder))) continue;
    await check(store, output, runId);
    if (plan.overwrite && !output.table && output.layout !== "levels")
      replaced.push(`${store.uri.replace(/\/+$/, "")}/`);
  }
}

/** An image before its labels: clearing it removes what lies in it. */
async function outermostFirst(plan: Plan): Promise<(readonly [PlanOutput, ObjectStore])[]> {
  const outputs = Object.values(plan.outputs).sort((a, b) => a.root.length - b.root.length);
  return Promise.all(outputs.map(async (o) => [o, rooted(o, await openStore(o.uri))] as const));
}

/**
 * Claims every output of a plan for a run, and clears what it replaces. A run that was cut short in the middle of it goes on where it
 * was. OUTPUT_EXISTS or OUTPUT_CLAIMED, and nothing changed, unless it may overwrite.
 */
export async function claimOutputs(plan: Plan, runId: string, late: AskLateWriters): Promise<void> {
  await checkOutputs(plan, runId);
  const found = await outermostFirst(plan);
  const outputs = found.map(([output]) => output);
  const stores = found.map(([, store]) => store);
  if (plan.overwrite) {
    for (const [i, store] of stores.entries()) await takeOver(store, outputs[i]!, runId, late);
    await sweepOutputs(plan);
    return;
  }
  const claimed: number[] = [];
  try {
    for (const [i, store] of stores.entries()) {
      if (await store.putIfAbsent(claimKey(outputs[i]!), claimBytes({ runId, at: now() }))) claimed.push(i);
      else await requireFree(store, outputs[i]!, runId);
    }
  } catch (error) {
    for (const i of claimed) await stores[i]!.delete(claimKey(outputs[i]!)).catch(() => {});
    throw error;
  }
}

/** Claims and clears. A run that has done so already has its own chunks there. */
async function takeOver(
  store: ObjectStore,
  output: PlanOutput,
  runId: string,
  late: AskLateWriters,
): Promise<void> {
  const before = await readClaim(store, output);
  if (before?.runId === runId && !before.clearing) return;
  const own: Claim = { runId, at: now() };
  // As long as it isn't known whether they have ended, every run before counts.
  const others = [before?.replaced, before?.runId].filter((other) => other !== undefined && other !== runId);
  const suspect = others.length > 0 ? { replaced: others.at(-1)! } : {};
  await store.put(claimKey(output), claimBytes({ ...own, ...suspect, clearing: true }));
  // Asked before anything is removed: what nobody writes from here on goes now.
  let claim = own;
  for (const other of others) {
    const writers = await late(other!);
    if (writers) claim = later(claim, { ...own, replaced: other!, ...writesUntil(writers) });
  }
  await clear(store, output);
  const held = await readClaim(store, output);
  if (held?.runId !== runId) {
    throw new LamellaError(
      "OUTPUT_CLAIMED",
      `run ${held?.runId ?? "?"} took ${store.uri} over at the same moment`,
      {
        hint: "Two runs overwrite the same output: start the one you want again.",
        details: { output: store.uri },
      },
    );
  }
  await store.put(claimKey(output), claimBytes(claim));
}

function writesUntil({ until }: LateWriters): Pick<Claim, "writesUntil"> {
  return until ? { writesUntil: until.toISOString() } : {};
}

/** Of two claims the one after which others may write longer. */
function later(a: Claim, b: Claim): Claim {
  return lastWriteOf(a) > lastWriteOf(b) ? a : b;
}

/** When the last object of a run that was replaced may have been written, Unix time in milliseconds; Infinity where nobody knows. */
function lastWriteOf({ replaced, writesUntil }: Claim): number {
  if (replaced === undefined) return Number.NEGATIVE_INFINITY;
  return writesUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(writesUntil);
}

function now(): string {
  return new Date().toISOString();
}

function claimBytes(claim: Claim): Uint8Array {
  return seal(claim);
}

async function requireFree(store: ObjectStore, output: PlanOutput, runId: string): Promise<void> {
  const claim = await readClaim(store, output);
  if (claim?.runId === runId) return;
  if (claim) {
    throw new LamellaError(
      "OUTPUT_CLAIMED",
      `${output.shown} is being written by run ${claim.runId}, since ${claim.at}`,
      {
        hint: `Go on with it: \`lamella resume ${claim.runId}\`; or replace what is there with --overwrite.`,
        details: { output: output.shown, runId: claim.runId },
      },
    );
  }
  if (output.table) {
    if (await store.head(output.table.key)) throw exists(output, output.table.key);
    return;
  }
  if (output.layout === "levels") {
    for (const { path, added } of output.images)
      for (const level of added?.replaces ?? []) throw exists(output, joinKey(path, level));
    for (const folder of levelFolders(output))
      for await (const _ of store.list(`${folder}/`)) throw exists(output, folder);
    return;
  }
  for await (const entry of store.list("")) throw exists(output, entry.key);
}

/** Asked before work that comes ahead of a plan: throws OUTPUT_EXISTS where a new output can't be written. */
export async function requireNothingAt(uri: string): Promise<void> {
  const store = await openStore(uri);
  for await (const entry of store.list("")) throw exists({ shown: store.uri }, entry.key);
}

function exists(
  { shown, layout }: Pick<PlanOutput, "shown"> & Partial<Pick<PlanOutput, "layout">>,
  key: string,
): LamellaError {
  if (layout === "levels") {
    return new LamellaError("OUTPUT_EXISTS", `${shown} has a level ${key} already`, {
      hint: "--overwrite makes its levels anew; the full resolution stays as it is.",
      details: { output: shown },
    });
  }
  return new LamellaError("OUTPUT_EXISTS", `${shown} exists already (${key})`, {
    hint: "Give another output, or --overwrite to replace it.",
    details: { output: shown },
  });
}

/** Overwriting removes what is there: only what is a Zarr, or was begun by a run; or the one file that is to be a table. */
async function requireOurs(store: ObjectStore, output: PlanOutput): Promise<void> {
  if (output.table) return;
  let first: string | undefined;
  for await (const entry of store.list("")) {
    first = entry.key;
    break;
  }
  if (first === undefined || (await readClaim(store, output))) return;
  for (const name of METADATA) if (await store.head(name)) return;
  throw new LamellaError(
    "OUTPUT_EXISTS",
    `${output.shown} holds ${first}, and is not a Zarr: it will not be overwritten`,
    {
      hint: "Check the output's path; remove the folder yourself if it is the right one.",
      details: { output: output.shown },
    },
  );
}

/** Metadata goes first, that of the whole before that of its parts: what is left of an array never opens. */
async function clear(store: ObjectStore, output: PlanOutput): Promise<void> {
  const { table } = output;
  if (table) return store.delete(table.key);
  if (output.layout === "levels") return clearLevels(output);
  for (const name of METADATA) await store.delete(name);
  const documents: string[] = [];
  for await (const { key } of store.list("")) if (isMetadata(key)) documents.push(key);
  documents.sort((a, b) => a.split("/").length - b.split("/").length);
  for (const key of documents) await store.delete(key);
  for await (const entry of store.list("")) if (entry.key !== CLAIM_KEY) await store.delete(entry.key);
}

function isMetadata(key: string): boolean {
  return METADATA.includes(key.slice(key.lastIndexOf("/") + 1));
}

/** Removes what killed workers left in the outputs; for the end of a run that was resumed. */
export async function sweepOutputs(plan: Plan): Promise<void> {
  for (const output of Object.values(plan.outputs)) await sweep(output);
}

async function sweep({ uri, root, table }: PlanOutput): Promise<void> {
  const store = await openStore(root === "" ? uri : joinUri(uri, root));
  // The folder of a table may be anything: what lies in it is not looked through.
  await store.sweep?.("", { shallow: table !== undefined });
}

/**
 * CANCELLED when another run has taken an output over. Where this run took one over, gives when the run before may have written last
 * (Unix time in milliseconds, Infinity where nobody knows); -Infinity where none has.
 */
export async function checkClaims(
  plan: Plan,
  runId: string,
  open: (uri: string) => Promise<ObjectStore>,
): Promise<number> {
  let lastWrite = Number.NEGATIVE_INFINITY;
  for (const output of Object.values(plan.outputs)) {
    const claim = await readClaim(rooted(output, await open(output.uri)), output);
    if (claim?.runId === runId) {
      lastWrite = Math.max(lastWrite, lastWriteOf(claim));
      continue;
    }
    throw new LamellaError(
      "CANCELLED",
      `${output.shown} is no longer this run's: ${claim ? `run ${claim.runId} took it over` : "its claim is gone"}`,
      {
        hint: "Two runs write the same output: start the one you want again, with --overwrite.",
        details: { output: output.shown },
      },
    );
  }
  return lastWrite;
}

/** Whether a run has begun to remove what it replaces, and hasn't come to the end of that. */
export async function isClearing(plan: Plan, runId: string): Promise<boolean> {
  for (const [output, store] of await outermostFirst(plan)) {
    const claim = await readClaim(store, output);
    if (claim?.runId === runId && claim.clearing) return true;
  }
  return false;
}

/** Lets go of what a run holds; another run's claim stays. */
export async function releaseClaims(plan: Plan, runId: string): Promise<void> {
  for (const output of Object.values(plan.outputs)) {
    const store = rooted(output, await openStore(output.uri));
    if ((await readClaim(store, output))?.runId === runId) await store.delete(claimKey(output));
  }
}

/**
 * Lets go of what a run holds, as `releaseClaims`; with `unfinished` it removes what the run wrote there first. Gives the outputs
 * that were removed.
 */
export async function abandonOutputs(plan: Plan, runId: string, unfinished: boolean): Promise<string[]> {
  const removed: string[] = [];
  // Labels before the image in which they lie.
  const outputs = Object.values(plan.outputs).sort((a, b) => b.root.length - a.root.length);
  for (const output of outputs) {
    const store = rooted(output, await openStore(output.uri));
    if ((await readClaim(store, output))?.runId !== runId) continue;
    if (unfinished) {
      await clear(store, output);
      await sweep(output);
      removed.push(output.shown);
    }
    await store.delete(claimKey(output));
  }
  return removed;
}

/** An output inside an input, or the other way round, would be read while it changes or be removed by overwriting. */
async function checkInputsOutside(plan: Plan): Promise<void> {
  for (const array of Object.values(plan.arrays)) {
    if (array.role !== "input") continue;
    const uri = await realUri(array.source.uri);
    const { source } = array;
    const input = place(uri, source.kind === "zarr" || source.kind === "n5" ? source.path : "");
    for (const output of Object.values(plan.outputs)) {
      const uri = await realUri(output.uri);
      const targets =
        output.layout === "levels"
          ? levelFolders(output).map((folder) => place(uri, joinKey(output.root, folder)))
          : [place(uri, output.table?.key ?? output.root)];
      const meets = (target: string) =>
        input.startsWith(target) || (target.startsWith(input) && target !== input);
      if (!targets.some(meets)) continue;
      throw new LamellaError(
        "INVALID_PIPELINE",
        `output ${output.shown} lies where input ${array.source.uri} is read`,
        {
          hint: "Write to another place than the input's.",
        },
      );
    }
  }
}

function place(uri: string, path: string): string {
  return `${uri.replace(/\/+$/, "")}/${path === "" ? "" : `${path.replace(/\/+$/, "")}/`}`;
}
