import { gridShape } from "../../block/chunk-grid.ts";
import { LamellaError } from "../../errors.ts";
import type { LabelStage } from "../../plan/schema.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { getLabelFile, labelKey, putLabelFile } from "./label-files.ts";

/**
 * Joins the labels of all blocks (union-find over the pairs that touch) and numbers the components by first voxel in C
 * order, as scipy.ndimage.label does. Writes each block's map from local to final labels.
 */
export async function uniteLabels(session: WorkerSession, stage: LabelStage): Promise<ObjectRecord[]> {
  const blocks = gridShape(stage.grid.shape, stage.grid.block).reduce((a, b) => a * b, 1);
  const firsts: Float64Array[] = [];
  const base = new Float64Array(blocks + 1);
  for (let block = 0; block < blocks; block++) {
    const list = new Float64Array(await getLabelFile(session, labelKey(stage.side, block, "firsts")));
    firsts.push(list);
    base[block + 1] = base[block]! + list.length;
  }
  const total = base[blocks]!;
  if (total > 0xffffffff) {
    throw new LamellaError("TASK_FAILED", `${total} provisional labels are more than one union can hold`, {
      hint: "Remove small objects first.",
    });
  }
  const first = new Float64Array(total);
  for (let block = 0; block < blocks; block++) first.set(firsts[block]!, base[block]);
  const parent = new Uint32Array(total);
  for (let i = 0; i < total; i++) parent[i] = i;

  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  for (let block = 0; block < blocks; block++) {
    const triples = new Uint32Array(await getLabelFile(session, labelKey(stage.side, block, "pairs")));
    for (let i = 0; i < triples.length; i += 3) {
      const a = find(base[block]! + triples[i + 1]! - 1);
      const b = find(base[triples[i]!]! + triples[i + 2]! - 1);
      if (a === b) continue;
      // The earlier voxel's label stays the root, so that a root's first voxel is its component's.
      if (first[a]! < first[b]!) parent[b] = a;
      else parent[a] = b;
    }
  }

  let components = 0;
  for (let i = 0; i < total; i++) if (parent[i] === i) components++;
  const roots = new Uint32Array(components);
  for (let i = 0, k = 0; i < total; i++) if (parent[i] === i) roots[k++] = i;
  roots.sort((a, b) => first[a]! - first[b]!);
  const number = new Uint32Array(total);
  for (let k = 0; k < components; k++) number[roots[k]!] = k + 1;

  const write = session.plan.stages.find(
    (s) => s.kind === "label" && s.side === stage.side && s.phase === "write",
  );
  const wide = write?.kind === "label" && session.stored(write.writes![0]!.array).spec.dtype === "uint64";
  const records: ObjectRecord[] = [];
  for (let block = 0; block < blocks; block++) {
    const count = firsts[block]!.length;
    const map = wide ? new BigUint64Array(count + 1) : new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      const final = number[find(base[block]! + i)]!;
      map[i + 1] = (wide ? BigInt(final) : final) as never;
    }
    records.push(await putLabelFile(session, labelKey(stage.side, block, "map"), new Uint8Array(map.buffer)));
  }
  return records;
}
