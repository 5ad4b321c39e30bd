import type { ComponentsNode } from "../array/components.ts";
import type { LabelNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import { traitScratch } from "../kernels/components.ts";
import { mostRuns, runsScratch } from "../kernels/runs.ts";
import { chooseBlock } from "./blocks.ts";
import { workerMemory } from "./budget.ts";
import { bufferBytes, objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import type { LabelStage, Program, StoredArray } from "./schema.ts";
import { joinedAxes } from "./task-region.ts";
import { type TreeTask, treeMemory, UNRELEASED } from "./tree-memory.ts";

/**
 * Labels of the whole array, or the mask of chosen components, in four stages over one grid of blocks: `local` labels each block and keeps the label planes on its faces;
 * `join` compares faces of neighbours; `union` gives every component its number, by first voxel in C order;
 * `write` labels each block again (the same way, so with the same local numbers) and writes the final ones. Labelling twice is
 * cheaper than storing provisional labels.
 */
export async function compileLabel(
  builder: PlanBuilder,
  node: LabelNode | ComponentsNode,
  mask: string,
  target: StoredLevels,
): Promise<void> {
  const id = target.ids[0]!;
  const { spec } = builder.arrays[id] as StoredArray;
  const maskArray = builder.arrays[mask]!;
  const program = labelProgram(node, mask);
  const most = bufferBytes([maskArray], [spec]);
  const chosen = await chooseBlock({
    shape: spec.shape,
    objects: [{ shape: objectShape(spec), factor: spec.shape.map(() => 1) }],
    program,
    writes: [{ array: id }],
    chunkShapes: builder.chunkShapes,
    objectShapes: builder.objectShapes,
    arrays: builder.arrays,
    faces: node.connected.map((connected) => (connected ? 1 : 0)),
    limit: builder.limit - most,
    workers: builder.budget.workers,
  });
  const heaps = heapBytes(node, chosen.block, chosen.projection.heap, spec.dtype);
  builder.requireMemory(node.step, Math.max(heaps.local, heaps.write), most);
  const reading = { program, block: chosen.block };
  const objects = gridShape(chosen.block, objectShape(spec)).reduce((a, b) => a * b, 1);

  const grid = { shape: [...spec.shape], block: chosen.block };
  const blocks = gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1);
  const side = builder.stageName(node.step);
  const faceBytes = faceElements(chosen.block, joinedAxes(grid, node.connected)) * 4;
  const scattered = scatteredBytes(blocks);
  const traffic = {
    bytesRead: chosen.projection.bytesRead,
    bytesTaken: chosen.projection.bytesTaken,
    bytesInput: specBytes({ shape: spec.shape, dtype: node.input.dtype }),
    objectsRead: chosen.projection.objectsRead,
  };
  const cpuSeconds = chosen.projection.nanoseconds / 1e9;
  const common = {
    kind: "label" as const,
    side,
    mask,
    connectivity: node.connectivity,
    connected: [...node.connected],
    ...(node.kind === "components" ? { select: { background: node.background, keep: node.keep } } : {}),
    grid,
  };
  const nothing = {
    bytesRead: 0,
    bytesInput: 0,
    bytesWritten: 0,
    objectsRead: 0,
    objectsWritten: 0,
    cpuSeconds: 0,
  };

  const stages: Draft[] = [
    {
      ...common,
      phase: "local",
      name: `${side}.local`,
      tasks: blocks,
      memory: { heap: heaps.local, reading, states: 3 * faceBytes },
      estimate: {
        ...nothing,
        ...traffic,
        bytesWritten: blocks * faceBytes,
        objectsWritten: blocks,
        cpuSeconds,
      },
    },
    {
      ...common,
      phase: "join",
      name: `${side}.join`,
      tasks: blocks,
      memory: { heap: 0, buffers: 10 * faceBytes + scattered },
      estimate: {
        ...nothing,
        bytesRead: 2 * blocks * faceBytes,
        bytesInput: blocks * faceBytes,
        objectsRead: blocks * (1 + spec.shape.length),
        objectsWritten: blocks,
        cpuSeconds: (blocks * faceBytes) / 1e8,
      },
    },
    {
      ...common,
      phase: "union",
      name: `${side}.union`,
      tasks: 1,
      memory: {
        heap: 0,
        buffers: unionBytes(spec.shape) + leftToUnion(scattered),
      },
      estimate: {
        ...nothing,
        objectsRead: 2 * blocks,
        objectsWritten: blocks,
        cpuSeconds: sizeOf(spec.shape) / 1e9,
      },
    },
    {
      ...common,
      phase: "write",
      name: `${side}.write`,
      tasks: blocks,
      writes: [{ array: id }],
      memory: { heap: heaps.write, reading, writing: spec, objects, states: scattered },
      estimate: {
        ...nothing,
        ...traffic,
        bytesWritten: specBytes(spec),
        objectsWritten: objectCount(spec),
        cpuSeconds,
      },
    },
  ];
  builder.stages.push(
    ...stages.map(
      (stage): LabelStage => ({
        ...stage,
        memory: {
          ...("reading" in stage.memory
            ? treeMemory(builder, stage.memory, stage.estimate)
            : workerMemory(stage.memory.heap, stage.memory.buffers, 0, stage.estimate)),
          // Threads that have joined and numbered objects keep heaps as large as that took for whatever comes next.
          ...(stage.phase === "write" ? { left: leftToUnion(scattered) + UNRELEASED } : {}),
        },
      }),
    ),
  );
  builder.markStored(node, id);
  await compilePyramid(builder, node.step, target, 0);
}

type Draft = Omit<LabelStage, "memory"> & {
  readonly memory:
    | { readonly heap: number; readonly buffers: number }
    | (TreeTask & { readonly reading: NonNullable<TreeTask["reading"]> });
};

/**
 * Kernel memory of the stages that look at a block: `labelled` is what labelling it takes. Labels get their final numbers in
 * place, but for those of 64 bits, which are a second block beside their map; chosen components are painted from the runs.
 */
function heapBytes(
  node: LabelNode | ComponentsNode,
  block: readonly number[],
  labelled: number,
  dtype: DType,
): { readonly local: number; readonly write: number } {
  const size = sizeOf(block);
  if (node.kind === "label") {
    const renumbered = itemSize(dtype) === 4 ? 6 * size : 16 * size;
    return { local: labelled, write: Math.max(labelled, renumbered) };
  }
  // A byte for each component, of which there are no more than runs, says whether it is kept.
  const kept = mostRuns(block, node);
  const mask = size * (node.background ? 1 : itemSize(node.input.dtype));
  return {
    local: Math.max(labelled, mask + 4 * size + traitScratch(block, node)),
    write: mask + size + runsScratch(block, node) + kept,
  };
}

/** Only for projecting: what labelling one block allocates. */
function labelProgram(node: LabelNode | ComponentsNode, mask: string): Program {
  const shape = [...node.shape];
  const inverted = node.kind === "components" && node.background;
  return {
    nodes: [
      { kind: "read", array: mask, shape, dtype: node.input.dtype },
      ...(inverted
        ? [{ kind: "cast" as const, step: node.step, input: 0, shape, dtype: "bool" as const }]
        : []),
      {
        kind: "kernel",
        step: node.step,
        kernel: "label",
        args: { connectivity: node.connectivity, connected: node.connected },
        inputs: [inverted ? 1 : 0],
        shape,
        dtype: "uint32",
        halo: shape.map(() => [0, 0] as [number, number]),
        boundary: shape.map(() => "none" as const),
      },
    ],
  };
}

/** Elements on both faces of a block along each of `axes` that is true. */
function faceElements(block: readonly number[], axes: readonly boolean[]): number {
  const size = sizeOf(block);
  return block.reduce((n, length, axis) => n + (axes[axis] ? (2 * size) / Math.max(1, length) : 0), 0);
}

/** What is left of so many blocks' lists of labels and packed files, bytes: they are small, and given back when they are collected. */
function scatteredBytes(blocks: number): number {
  return Math.min(blocks / 4, 8) * 2 ** 20 + Math.min(blocks / 64, 8) * 2 ** 20;
}

/** Tables of the union: a first voxel (8 bytes), a parent (4) and a component's place (8) for each label of each block. */
export const LABEL_TABLE_BYTES = 20;
/** How many elements there are for each object, or part of one in a block. Only a run knows; where there are more objects, the
 * union takes what the budget has left, and fails beyond it. */
const VOXELS_PER_LABEL = 256;

/** What the stages over blocks leave in the process for the union, and those that join for what comes next, bytes. */
function leftToUnion(scattered: number): number {
  return Math.min(Math.max(24 * 2 ** 20, 5 * scattered), 48 * 2 ** 20);
}

function unionBytes(shape: readonly number[]): number {
  return Math.ceil(sizeOf(shape) / VOXELS_PER_LABEL) * LABEL_TABLE_BYTES + 8 * 2 ** 20;
}
