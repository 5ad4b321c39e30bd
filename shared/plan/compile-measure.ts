import type { MeasureNode } from "../array/measure.ts";
import type { ArrayNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape, largestBlock } from "../block/chunk-grid.ts";
import { type RowLayout, sumsOf } from "../kernels/label-rows.ts";
import { rowLayout } from "../kernels/label-table.ts";
import { measureScratch } from "../kernels/measure-labels.ts";
import { workerMemory } from "./budget.ts";
import { bufferBytes, type PlanBuilder, specBytes } from "./builder.ts";
import { cachedBytes } from "./cache.ts";
import { bytesOfShape, projectTasks } from "./projection.ts";
import type { MeasureStage, Program } from "./schema.ts";
import { treeBuffers } from "./tree-memory.ts";

/** Elements that a task measures at least, where there are tasks enough for the workers. */
const BLOCK_ELEMENTS = 2 ** 21;
/** Elements between labels along an axis, as in the labels of cells. */
const ELEMENTS_BETWEEN_LABELS = { plane: 32, volume: 16 };
/** Rows of a block on their way to a file, bytes. */
const ROW_FILES = 4 * 2 ** 20;
/** Elements whose labels one task joins. */
const PART_ELEMENTS = 2 ** 28;

/**
 * Three stages that measure labels: block by block, joined part by part, and written as one table. Of labels that are measured
 * already, only another table is written. Gives the table's key in the run's folder.
 */
export async function compileMeasure(
  builder: PlanBuilder,
  node: MeasureNode,
  format: NonNullable<MeasureStage["format"]>,
): Promise<string> {
  const known = builder.tables.get(node);
  if (known) return known(format);
  const rows = rowsOf(node.labels);
  const { stages, common, stage } = await measureStages(builder, node, rows);
  const layout = rowLayout(node.properties, node.labels.shape.length, node.labels.dtype, node.image?.dtype);
  const buffers = 3 * rows * rowBytes(layout) + 4 * 2 ** 20;
  const file = `label/${common.side}/table`;
  const written = { objectsRead: common.parts, objectsWritten: 1 };
  builder.stages.push(...stages, stage("table", 1, [0, buffers, 0], written, { format, file }));
  const files = new Map([[format, file]]);
  builder.tables.set(node, (other) => {
    const made = files.get(other);
    if (made !== undefined) return made;
    const name = builder.stageName(`${common.side}.table-${other}`);
    const own = { format: other, file: `${file}-${other}`, name };
    builder.stages.push(stage("table", 1, [0, buffers, 0], written, own));
    files.set(other, own.file);
    return own.file;
  });
  return file;
}

/**
 * How many labels a table is projected for. Only a run knows: with more, the joining takes what the budget has left, and fails
 * beyond it.
 */
function rowsOf({ shape, axes }: Pick<ArrayNode, "shape" | "axes">): number {
  const typed = axes.some(({ type }) => type !== undefined);
  const thick = shape.filter(
    (n, axis) => n >= ELEMENTS_BETWEEN_LABELS.volume && (!typed || axes[axis]!.type === "space"),
  );
  const { plane, volume } = ELEMENTS_BETWEEN_LABELS;
  return Math.ceil(sizeOf(shape) / (thick.length > 2 ? volume ** 3 : plane ** 2));
}

/**
 * The stages that measure the labels of blocks and join them part by part, what they have in common, and a way to make more.
 * They are projected for so many `rows`.
 */
export async function measureStages(builder: PlanBuilder, node: MeasureNode, rows: number) {
  const { labels, image } = node;
  const program = builder.program(labels);
  const imageProgram =
    image && node.properties.some((name) => /intensity|weighted/.test(name))
      ? builder.program(image)
      : undefined;
  const layout = rowLayout(node.properties, labels.shape.length, labels.dtype, image?.dtype);
  const project = async (block: readonly number[]) => {
    const grid = { shape: [...labels.shape], block: [...block] };
    const of = (program: Program) =>
      projectTasks(grid, program, [], builder.chunkShapes, builder.objectShapes);
    const own = await of(program);
    const other = imageProgram && (await of(imageProgram));
    // The image is computed while the labels are held; the records come when both are there.
    const held = bytesOfShape(labels.dtype, block);
    const both = held + (other ? bytesOfShape(image!.dtype, block) : 0);
    return {
      heap: Math.max(own.heap, held + (other?.heap ?? 0), both + measureScratch(layout)),
      bytesRead: own.bytesRead + (other?.bytesRead ?? 0),
      objectsRead: own.objectsRead + (other?.objectsRead ?? 0),
      nanoseconds: own.nanoseconds + (other?.nanoseconds ?? 0) + sizeOf(labels.shape) * 3,
    };
  };
  const reads = [program, ...(imageProgram ? [imageProgram] : [])].flatMap(({ nodes }) =>
    nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : [])),
  );
  const buffers = bufferBytes(reads, []) + ROW_FILES;
  const limit = builder.limit - buffers;
  const block = blockOf(labels, builder.budget.workers);
  let projection = await project(block);
  while (projection.heap > limit && block.some((n) => n > 1)) {
    const longest = block.indexOf(Math.max(...block));
    block[longest] = Math.ceil(block[longest]! / 2);
    projection = await project(block);
  }
  builder.requireMemory(node.step, projection.heap, buffers);
  const taken = [program, ...(imageProgram ? [imageProgram] : [])].map((read) =>
    treeBuffers(builder, { reading: { program: read, block } }),
  );

  const grid = { shape: [...labels.shape], block };
  const blocks = gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1);
  const elements = sizeOf(labels.shape);
  const parts = Math.max(1, Math.min(64, Math.ceil(elements / PART_ELEMENTS)));
  const each = rowBytes(layout);
  const side = builder.stageName(node.step);
  const common = {
    kind: "measure" as const,
    side,
    grid,
    program,
    ...(imageProgram ? { imageProgram, imageDType: image!.dtype } : {}),
    labelDType: labels.dtype,
    properties: [...node.properties],
    axes: labels.axes.map(({ scale, translation }) => ({ scale, translation })),
    parts,
  };
  const stage = (
    phase: MeasureStage["phase"],
    tasks: number,
    memory: readonly [heap: number, buffers: number, cache: number],
    estimate: Partial<MeasureStage["estimate"]>,
    more: Partial<MeasureStage> = {},
  ): MeasureStage => {
    const full = {
      bytesRead: rows * each,
      bytesInput: rows * each,
      bytesWritten: rows * each,
      objectsRead: 0,
      objectsWritten: 0,
      cpuSeconds: (rows * each) / 1e8,
      ...estimate,
    };
    return {
      ...common,
      phase,
      name: `${side}.${phase}`,
      tasks,
      memory: workerMemory(...memory, full),
      estimate: full,
      ...more,
    };
  };
  const cache = Math.max(
    cachedBytes(program, builder.arrays, block),
    imageProgram ? cachedBytes(imageProgram, builder.arrays, block) : 0,
  );
  const stages = [
    stage("local", blocks, [projection.heap, Math.max(...taken) + ROW_FILES, cache], {
      bytesRead: projection.bytesRead,
      bytesInput: reads.reduce((n, r) => n + specBytes(r.role === "input" ? r : r.spec), 0),
      objectsRead: projection.objectsRead,
      objectsWritten: blocks * parts,
      cpuSeconds: projection.nanoseconds / 1e9,
    }),
    stage("join", parts, [0, Math.ceil((rows * each) / parts) + 4 * 2 ** 20, 0], {
      objectsRead: blocks * parts,
      objectsWritten: parts,
    }),
  ];
  return { stages, common, stage };
}

/** Memory of one row while it is joined, bytes: the numbers, the place in the index, and the sums as whole numbers of any size. */
export function rowBytes(layout: RowLayout): number {
  const numbers = 2 + (layout.coordinates ? layout.rank : 0) + (layout.box ? 2 * layout.rank : 0);
  const extremes = layout.image === undefined ? 0 : 2;
  return 8 * (numbers + extremes) + 48 + 48 * sumsOf(layout);
}

/** The labels' chunks, merged along the last axes until a task is worth it. */
function blockOf({ chunks, shape }: ArrayNode, workers: number): number[] {
  const block = largestBlock(chunks).map((n) => Math.max(1, n));
  for (let axis = block.length - 1; axis >= 0; ) {
    const grown = block.slice();
    grown[axis] = Math.min(block[axis]! * 2, shape[axis]!);
    const tasks = gridShape(shape, grown).reduce((a, b) => a * b, 1);
    if (sizeOf(block) >= BLOCK_ELEMENTS || tasks < 2 * workers) break;
    if (block[axis]! >= shape[axis]!) axis--;
    else block[axis] = grown[axis]!;
  }
  return block;
}
