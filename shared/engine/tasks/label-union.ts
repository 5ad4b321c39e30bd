import { gridShape } from "../../block/chunk-grid.ts";
import { release } from "../../block/release.ts";
import { LamellaError } from "../../errors.ts";
import { soleTaskLimit } from "../../plan/budget.ts";
import { LABEL_TABLE_BYTES } from "../../plan/compile-label.ts";
import type { LabelStage } from "../../plan/schema.ts";
import { Limit } from "../../storage/limit.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { FILES_IN_FLIGHT, labelFiles, labelKey, putLabelFile } from "./label-files.ts";

/** A table of 8 bytes a label is reserved as far as it may grow: 4 GiB of addresses. */
const MOST_LABELS = 2 ** 29;

/** The labels of all blocks one after another, and which of them are one component. */
interface Provisional {
  readonly blocks: number;
  /** [blocks + 1]: the place of each block's first label. */
  readonly base: Float64Array;
  /** What is known of each label: its first voxel, or a trait. Of a component the root knows it. */
  readonly values: Float64Array;
  /** The root of a label's component. */
  find(label: number): number;
  isRoot(label: number): boolean;
}

/**
 * Joins the labels of all blocks (union-find over the pairs that touch), then numbers the components by first voxel in C
 * order, as scipy.ndimage.label does, or chooses those that are kept. Writes each block's map from its own labels.
 * Throws OVER_MEMORY where there are more labels than the budget has room for.
 */
export async function uniteLabels(session: WorkerSession, stage: LabelStage): Promise<ObjectRecord[]> {
  const { select } = stage;
  if (!select) {
    // The earlier voxel's label becomes the root, so that a root's first voxel is its component's.
    const labels = await unite(session, stage, "firsts", Math.min);
    return writeMaps(session, stage, labels, numberMap(session, stage, labels));
  }
  const { keep } = select;
  const labels = await unite(session, stage, "traits", keep.rule === "minSize" ? sum : Math.max);
  const least = keep.rule === "minSize" ? keep.size : 1;
  return writeMaps(session, stage, labels, (from, count) =>
    Uint8Array.from({ length: count }, (_, i) => (labels.values[labels.find(from + i)]! >= least ? 1 : 0)),
  );
}

function sum(a: number, b: number): number {
  return a + b;
}

/** Joins what touches; a component's root gets the `join` of what is known of its labels. */
async function unite(
  session: WorkerSession,
  stage: LabelStage,
  part: "firsts" | "traits",
  join: (a: number, b: number) => number,
): Promise<Provisional> {
  const blocks = gridShape(stage.grid.shape, stage.grid.block).reduce((a, b) => a * b, 1);
  const base = new Float64Array(blocks + 1);
  const most = Math.min(Math.floor(soleTaskLimit(session.plan.budget) / LABEL_TABLE_BYTES), MOST_LABELS);
  const growing = new ArrayBuffer(0, { maxByteLength: 8 * most });
  let block = 0;
  for await (const file of labelFiles(session, stage.side, blocks, part)) {
    const list = new Float64Array(file.buffer, 0, file.byteLength / 8);
    const from = base[block]!;
    base[++block] = from + list.length;
    if (from + list.length > most) throw tooMany(stage, from + list.length, most);
    growing.resize(8 * (from + list.length));
    new Float64Array(growing, 8 * from).set(list);
    release(file);
  }
  const values = new Float64Array(growing.transferToFixedLength());
  const parent = new Uint32Array(values.length);
  for (let i = 0; i < parent.length; i++) parent[i] = i;
  const find = (label: number): number => {
    let root = label;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  block = 0;
  for await (const file of labelFiles(session, stage.side, blocks, "pairs")) {
    const triples = new Uint32Array(file.buffer, 0, file.byteLength / 4);
    for (let i = 0; i < triples.length; i += 3) {
      const a = find(base[block]! + triples[i + 1]! - 1);
      const b = find(base[triples[i]!]! + triples[i + 2]! - 1);
      if (a === b) continue;
      const [root, other] = values[a]! < values[b]! ? [a, b] : [b, a];
      parent[other] = root;
      values[root] = join(values[a]!, values[b]!);
    }
    release(file);
    block++;
  }
  return { blocks, base, values, find, isRoot: (label) => parent[label] === label };
}

function tooMany(stage: LabelStage, found: number, most: number): LamellaError {
  return new LamellaError(
    "OVER_MEMORY",
    `${stage.name}: the blocks have more than ${found} objects or parts of objects; the budget has room for ${most}`,
    {
      hint: "Give more --memory, or remove small objects first: mapBlocks with removeSmallObjects after a filter that smooths.",
      details: { stage: stage.name, objects: found, most },
    },
  );
}

/** Components are numbered from 1 by first voxel: a root's number is its place among all roots' first voxels. */
function numberMap(session: WorkerSession, stage: LabelStage, { values, find, isRoot }: Provisional) {
  let components = 0;
  for (let i = 0; i < values.length; i++) if (isRoot(i)) components++;
  const firsts = new Float64Array(components);
  for (let i = 0, k = 0; i < values.length; i++) if (isRoot(i)) firsts[k++] = values[i]!;
  firsts.sort();
  const numberOf = (first: number): number => {
    let low = 0;
    let high = components - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (firsts[middle]! < first) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
  const write = session.plan.stages.find(
    (s) => s.kind === "label" && s.side === stage.side && s.phase === "write",
  );
  const wide = write?.kind === "label" && session.stored(write.writes![0]!.array).spec.dtype === "uint64";
  return (from: number, count: number): Uint32Array | BigUint64Array => {
    const map = wide ? new BigUint64Array(count + 1) : new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      const number = numberOf(values[find(from + i)]!);
      map[i + 1] = (wide ? BigInt(number) : number) as never;
    }
    return map;
  };
}

async function writeMaps(
  session: WorkerSession,
  stage: LabelStage,
  { blocks, base }: Provisional,
  mapOf: (from: number, count: number) => Uint8Array | Uint32Array | BigUint64Array,
): Promise<ObjectRecord[]> {
  const limit = new Limit(FILES_IN_FLIGHT);
  return Promise.all(
    Array.from({ length: blocks }, (_, block) =>
      limit.run(() => {
        const map = mapOf(base[block]!, base[block + 1]! - base[block]!);
        const bytes = new Uint8Array(map.buffer, map.byteOffset, map.byteLength);
        return putLabelFile(session, labelKey(stage.side, block, "map"), bytes);
      }),
    ),
  );
}
