import type { ReduceNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { isFloat, itemSize } from "../block/dtype.ts";
import { reductionOf } from "../kernels/reduce/index.ts";
import { intermediateArray, objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import { fitReadBlock, groupsOf, growReadBlock } from "./groups.ts";
import { bytesOfShape, CODEC_SCRATCH, projectTasks } from "./projection.ts";
import type { ReduceStage, StoredArray } from "./schema.ts";
import { treeBuffers, treeMemory } from "./tree-memory.ts";

/**
 * A tree of stages: the first reads the input in boxes and leaves one partial state for each tile of the result and
 * group of boxes; each further one joins up to `splitEvery` states; the last writes the result. Other reductions of the
 * same array over the same axes are computed by the same stages.
 */
export async function compileReduce(
  builder: PlanBuilder,
  node: ReduceNode,
  target: StoredLevels,
  statisticsAxis: number | undefined,
): Promise<void> {
  const id = target.ids[0]!;
  const { spec } = builder.arrays[id] as StoredArray;
  const program = builder.program(node.input);
  const inputShape = [...node.input.shape];
  const reduced = (axis: number): boolean => node.reducedAxes.includes(axis);
  const tiles = {
    shape: inputShape.map((n, axis) => (reduced(axis) ? 1 : n)),
    block: tileBlock(node, objectShape(spec)),
  };

  const fitted = fitReadBlock(node, tiles.block);
  const readBlock = isOrdered(node) ? fitted : await growReadBlock(builder, program, node, fitted);
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));
  const reading = { program, block: readBlock };
  const buffers = treeBuffers(builder, { reading, writing: spec });
  const peers = peersOf(builder, node, sizeOf(tiles.block));
  const reduction = reductionOf([node, ...peers].map(({ operation }) => operation));
  const stateBytes = reduction.stateBytes(sizeOf(tiles.block), node.input.dtype);
  const scratch = reduction.scratchBytes(sizeOf(tiles.block), node.input.dtype);
  const projection = await projectTasks(
    { shape: inputShape, block: readBlock },
    program,
    [],
    builder.chunkShapes,
    builder.objectShapes,
  );
  // A state is packed through a copy; a result is cut into objects through another.
  const widest = Math.max(...[node, ...peers].map(({ dtype }) => bytesOfShape(dtype, tiles.block)));
  const resultBytes = 2 * widest + CODEC_SCRATCH;
  const heap = stateBytes + Math.max(projection.heap + scratch, stateBytes, resultBytes);
  const joinHeap = Math.max(3 * stateBytes, stateBytes + resultBytes);
  builder.requireMemory(node.step, Math.max(heap, joinHeap), buffers + 2 * stateBytes);

  // Products of floats are rounded in the order of the groups, which only the chunks may fix.
  const groupBlock = groupsOf(node, readBlock, isOrdered(node) ? 1 : builder.budget.workers);
  const groups = gridShape(
    inputShape.filter((_, axis) => reduced(axis)),
    groupBlock.filter((_, axis) => reduced(axis)),
  ).reduce((a, b) => a * b, 1);
  const tileCount = gridShape(tiles.shape, tiles.block).reduce((a, b) => a * b, 1);
  const common = {
    kind: "reduce" as const,
    operation: node.operation,
    axes: [...node.reducedAxes],
    ddof: node.ddof,
    inputShape,
    inputDType: node.input.dtype,
    tiles,
  };

  const otherIds = peers.map((peer) => addResult(builder, peer, tiles.block));
  const specs = [spec, ...otherIds.map((other) => (builder.arrays[other] as StoredArray).spec)];
  const writing = specs.reduce((a, b) => (itemSize(b.dtype) > itemSize(a.dtype) ? b : a));
  const others = peers.map((peer) => ({ operation: peer.operation, ddof: peer.ddof }));
  const steps = [node, ...peers].map(({ step }) => step).join("+");
  let statesIn: string | undefined;
  let groupsIn = groups;
  for (let level = 0; ; level++) {
    const groupsOut = level === 0 ? groups : Math.ceil(groupsIn / node.splitEvery);
    const isLast = groupsOut === 1;
    const name = builder.stageName(level === 0 ? steps : `${steps}.join`);
    const estimate = {
      bytesRead: level === 0 ? projection.bytesRead : tileCount * groupsIn * stateBytes,
      bytesInput:
        level === 0
          ? reads.reduce((n, r) => n + specBytes(r.role === "input" ? r : r.spec), 0)
          : tileCount * groupsIn * stateBytes,
      bytesWritten: isLast
        ? specs.reduce((n, one) => n + specBytes(one), 0)
        : tileCount * groupsOut * stateBytes,
      objectsRead: level === 0 ? projection.objectsRead : tileCount * groupsIn,
      objectsWritten: isLast ? specs.length * objectCount(spec) : tileCount * groupsOut,
      cpuSeconds: level === 0 ? projection.nanoseconds / 1e9 : (tileCount * groupsIn * stateBytes) / 1e9,
    };
    // Where one stage is enough nothing is packed.
    const states = level === 0 && isLast ? 0 : 2 * stateBytes;
    const memory = treeMemory(
      builder,
      {
        heap: level === 0 ? heap : joinHeap,
        states,
        ...(level === 0 ? { reading } : {}),
        ...(isLast ? { writing } : {}),
      },
      estimate,
    );
    const stage: ReduceStage = {
      ...common,
      ...(others.length === 0
        ? {}
        : { others: others.map((other, i) => (isLast ? { ...other, array: otherIds[i]! } : other)) }),
      name,
      tasks: tileCount * groupsOut,
      memory,
      estimate,
      groupsIn,
      groupsOut,
      ...(level === 0 ? { program, groupBlock, readBlock } : {}),
      ...(statesIn === undefined ? {} : { statesIn }),
      ...(isLast ? { array: id } : { statesOut: name }),
      ...(isLast && statisticsAxis !== undefined ? { statisticsAxis } : {}),
    };
    builder.stages.push(stage);
    if (isLast) break;
    statesIn = name;
    groupsIn = groupsOut;
  }
  builder.markStored(node, id);
  for (const [i, peer] of peers.entries()) builder.markStored(peer, otherIds[i]!);
  await compilePyramid(builder, node.step, target, 0);
}

/** Bytes of a state that several reductions may share: a pass is saved for less than its blocks take. */
const SHARED_STATE = 32 * 2 ** 20;

/**
 * Reductions of the same array over the same axes that nothing has computed yet: one pass gathers for all of them. Products of
 * floats go alone, since their order is that of their own groups.
 */
function peersOf(builder: PlanBuilder, node: ReduceNode, outputs: number): ReduceNode[] {
  if (isOrdered(node)) return [];
  const peers: ReduceNode[] = [];
  for (const other of builder.nodes) {
    if (other === node || other.kind !== "reduce" || other.input !== node.input) continue;
    if (other.reducedAxes.join() !== node.reducedAxes.join() || other.splitEvery !== node.splitEvery)
      continue;
    if (isOrdered(other) || builder.isReadable(other)) continue;
    const all = [node, ...peers, other].map(({ operation }) => operation);
    if (reductionOf(all).stateBytes(outputs, node.input.dtype) <= SHARED_STATE) peers.push(other);
  }
  return peers;
}

function isOrdered({ operation, input }: ReduceNode): boolean {
  return operation.endsWith("prod") && isFloat(input.dtype);
}

/** Where a result goes that another reduction's stage gives besides its own: to its output, or else to the run's folder. */
function addResult(builder: PlanBuilder, node: ReduceNode, tile: readonly number[]): string {
  const chunkShape = tile.filter((_, axis) => node.keepdims || !node.reducedAxes.includes(axis));
  const output = builder.outputOf(node, chunkShape);
  if (output !== undefined) return output;
  const id = builder.arrayName(node.step);
  return builder.addArray(id, intermediateArray(id, node, chunkShape));
}

/** The box of the result that a state covers, on the input's axes: one object of the result. */
function tileBlock(node: ReduceNode, object: readonly number[]): number[] {
  let at = 0;
  return node.input.shape.map((_, axis) => {
    const isReduced = node.reducedAxes.includes(axis);
    if (isReduced) {
      if (node.keepdims) at++;
      return 1;
    }
    return object[at++]!;
  });
}
