import { measure } from "../array/measure.ts";
import type { RareLabelsNode } from "../array/rare-labels.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { chooseBlock } from "./blocks.ts";
import { workerMemory } from "./budget.ts";
import { bufferBytes, objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { cachedBytes } from "./cache.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import { measureStages } from "./compile-measure.ts";
import type { StoredArray } from "./schema.ts";

/** Bytes of one label in the set of those that go. */
const LABEL_BYTES = 40;
/** Elements for each label: rare ones are small. */
const VOXELS_PER_LABEL = 1024;

/**
 * A label image without its rare labels: labels are counted as `measure` counts them, then each block is read again and
 * written without those that have too few elements.
 */
export async function compileRareLabels(
  builder: PlanBuilder,
  node: RareLabelsNode,
  target: StoredLevels,
): Promise<void> {
  const id = target.ids[0]!;
  const { spec } = builder.arrays[id] as StoredArray;
  const counted = measure(node.input, { properties: ["area"], step: node.step });
  const rows = Math.ceil(sizeOf(node.shape) / VOXELS_PER_LABEL);
  const { stages, common } = await measureStages(builder, counted, rows);
  const { program } = common;
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));
  const buffers = bufferBytes(reads, [spec]) + rows * LABEL_BYTES;
  const chosen = await chooseBlock({
    shape: spec.shape,
    objects: [{ shape: objectShape(spec), factor: spec.shape.map(() => 1) }],
    program,
    writes: [{ array: id }],
    chunkShapes: builder.chunkShapes,
    objectShapes: builder.objectShapes,
    arrays: builder.arrays,
    limit: builder.limit - buffers,
    workers: builder.budget.workers,
  });
  builder.requireMemory(node.step, chosen.projection.heap, buffers);
  const grid = { shape: [...spec.shape], block: chosen.block };
  const estimate = {
    bytesRead: chosen.projection.bytesRead,
    bytesInput: specBytes({ shape: spec.shape, dtype: node.dtype }),
    bytesWritten: specBytes(spec),
    objectsRead: chosen.projection.objectsRead,
    objectsWritten: objectCount(spec),
    cpuSeconds: chosen.projection.nanoseconds / 1e9 + (sizeOf(spec.shape) * 5) / 1e9,
  };
  builder.stages.push(...stages, {
    ...common,
    grid,
    phase: "drop",
    name: `${common.side}.drop`,
    tasks: gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1),
    memory: workerMemory(
      chosen.projection.heap,
      buffers,
      cachedBytes(program, builder.arrays, chosen.block),
      estimate,
    ),
    estimate,
    minSize: node.minSize,
    writes: [{ array: id }],
  });
  builder.markStored(node, id);
  await compilePyramid(builder, node.step, target, 0);
}
