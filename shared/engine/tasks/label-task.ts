import { stridesOf } from "../../block/block.ts";
import { cellNumber, gridShape } from "../../block/chunk-grid.ts";
import { itemSize, viewOf } from "../../block/dtype.ts";
import { cellAt } from "../../block/grid-order.ts";
import type { Region } from "../../block/region.ts";
import { release } from "../../block/release.ts";
import { LamellaError } from "../../errors.ts";
import { isZero, measureComponents, paintComponents, type Trait } from "../../kernels/components.ts";
import type { HeapBlock } from "../../kernels/heap.ts";
import { labelBlock, relabel } from "../../kernels/label.ts";
import type { LabelStage } from "../../plan/schema.ts";
import { joinedAxes, taskRegion } from "../../plan/task-region.ts";
import { allocateBytes } from "../../storage/bytes.ts";
import { HeapMachine } from "../machine.ts";
import type { TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { copyFace, faceLayout, facePlane } from "./faces.ts";
import { getLabelFile, labelKey, putLabelFile } from "./label-files.ts";
import { joinBlock } from "./label-join.ts";
import { uniteLabels } from "./label-union.ts";
import { writeLevels } from "./map-task.ts";

export async function runLabelTask(
  session: WorkerSession,
  stage: LabelStage,
  task: number,
): Promise<TaskOutcome> {
  switch (stage.phase) {
    case "local":
      return labelLocally(session, stage, task);
    case "join":
      return { objects: [await joinBlock(session, stage, cellOf(stage, task))] };
    case "union":
      return { objects: await uniteLabels(session, stage) };
    case "write":
      return stage.select ? writeKept(session, stage, task) : writeLabels(session, stage, task);
  }
}

function cellOf(stage: LabelStage, task: number): number[] {
  return cellAt(task, gridShape(stage.grid.shape, stage.grid.block));
}

async function labelLocally(session: WorkerSession, stage: LabelStage, task: number): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const block = cellNumber(cellOf(stage, task), gridShape(stage.grid.shape, stage.grid.block));
  const mask = await readMask(session, stage, region);
  const { labels, known } = stage.select
    ? selectLocally(session, stage, mask, region)
    : numberLocally(session, stage, mask, region);
  session.heap.free(mask);
  const faces = facesOf(labels, region.shape, joinedAxes(stage.grid, stage.connected));
  session.heap.free(labels);
  const objects = [
    await putLabelFile(
      session,
      labelKey(stage.side, block, stage.select ? "traits" : "firsts"),
      new Uint8Array(known.buffer),
    ),
    await putLabelFile(session, labelKey(stage.side, block, "faces"), faces),
  ];
  release(faces);
  return { objects };
}

/** The label planes on the faces of a block, in the order of `faceLayout`. */
function facesOf(labels: HeapBlock, shape: readonly number[], axes: readonly boolean[]): Uint8Array {
  const layout = faceLayout(shape, axes);
  const bytes = allocateBytes(4 * layout.reduce((n, { length }) => n + length, 0));
  for (const { axis, side, offset, length } of layout) {
    const plane = new Uint32Array(bytes.buffer, 4 * offset, length);
    copyFace(labels.data as Uint32Array, shape, axis, side, plane);
  }
  return bytes;
}

interface LocalLabels {
  readonly labels: HeapBlock;
  /** What the union needs of each label. */
  readonly known: Float64Array<ArrayBuffer>;
}

/** The labels of a block, with the C-order index in the whole array of each one's first voxel. */
function numberLocally(
  { heap }: WorkerSession,
  stage: LabelStage,
  mask: HeapBlock,
  region: Region,
): LocalLabels {
  const { labels, count, firsts } = labelBlock(heap, mask, stage.connectivity, stage.connected);
  const known = new Float64Array(count);
  const strides = stridesOf(stage.grid.shape);
  const inner = stridesOf(region.shape);
  for (let i = 0; i < count; i++) known[i] = globalIndex(firsts[i]!, inner, region, strides);
  return { labels, known };
}

/** The labels of a block, with what decides whether each is kept: its size, or 1 where it touches the border or is strong. */
function selectLocally(
  { heap }: WorkerSession,
  stage: LabelStage,
  mask: HeapBlock,
  region: Region,
): LocalLabels {
  const { rule } = stage.select!.keep;
  const trait: Trait | undefined =
    rule === "minSize" ? { kind: "size" } : rule === "strong" ? { kind: "strong", least: 2 } : undefined;
  const { labels, count, traits } = measureComponents(heap, mask, stage, trait);
  if (traits) return { labels, known: traits };
  const touching = new Float64Array(count);
  for (const { axis, side } of faceLayout(region.shape, stage.connected)) {
    const end = region.start[axis]! + region.shape[axis]!;
    if (side === "low" ? region.start[axis] !== 0 : end !== stage.grid.shape[axis]) continue;
    for (const label of facePlane(labels.data as Uint32Array, region.shape, axis, side))
      if (label !== 0) touching[label - 1] = 1;
  }
  return { labels, known: touching };
}

async function writeKept(session: WorkerSession, stage: LabelStage, task: number): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const block = cellNumber(cellOf(stage, task), gridShape(stage.grid.shape, stage.grid.block));
  const kept = await getLabelFile(session, labelKey(stage.side, block, "map"));
  const mask = await readMask(session, stage, region);
  const painted = paintComponents(session.heap, mask, stage, kept, stage.select!.background);
  session.heap.free(mask);
  return { objects: await writeLevels(session, stage.writes!, painted, region) };
}

async function writeLabels(session: WorkerSession, stage: LabelStage, task: number): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const block = cellNumber(cellOf(stage, task), gridShape(stage.grid.shape, stage.grid.block));
  const mask = await readMask(session, stage, region);
  const { labels, count } = labelBlock(session.heap, mask, stage.connectivity, stage.connected);
  session.heap.free(mask);
  const write = stage.writes![0]!;
  const { dtype } = session.stored(write.array).spec;
  const bytes = await getLabelFile(session, labelKey(stage.side, block, "map"));
  const final = viewOf(dtype, bytes.buffer, 0, bytes.byteLength / itemSize(dtype)) as
    | Uint32Array
    | BigUint64Array;
  if (final.length !== count + 1) {
    throw new LamellaError(
      "CHUNK_DECODE",
      `the map of label block ${block} has ${final.length} entries for ${count} labels`,
      {
        hint: "The mask changed while it was labelled: run again.",
      },
    );
  }
  const { heap } = session;
  const mapping = heap.copyIn({
    dtype: dtype === "uint64" ? "uint64" : "uint32",
    shape: [final.length],
    data: final,
  });
  const numbered = relabel(heap, labels, mapping);
  heap.free(mapping);
  return { objects: await writeLevels(session, stage.writes!, numbered, region) };
}

/** What is labelled of a region: the mask, or where it is 0. */
async function readMask(session: WorkerSession, stage: LabelStage, region: Region): Promise<HeapBlock> {
  const source = await session.source(stage.mask);
  const mask = await new HeapMachine(session).read(stage.mask, source.dtype, region);
  if (!stage.select?.background) return mask;
  const background = isZero(session.heap, mask);
  session.heap.free(mask);
  return background;
}

function globalIndex(
  local: number,
  inner: readonly number[],
  region: Region,
  strides: readonly number[],
): number {
  let rest = local;
  let index = 0;
  for (let axis = 0; axis < inner.length; axis++) {
    const c = Math.floor(rest / inner[axis]!);
    rest -= c * inner[axis]!;
    index += (region.start[axis]! + c) * strides[axis]!;
  }
  return index;
}
