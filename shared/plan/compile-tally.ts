import type { TallyNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { isFloat, itemSize } from "../block/dtype.ts";
import { countingBytes, keyBits, ranksOf } from "../kernels/tally/index.ts";
import { workerMemory } from "./budget.ts";
import { type PlanBuilder, specBytes } from "./builder.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import { fitReadBlock, groupsOf, growReadBlock } from "./groups.ts";
import { CODEC_SCRATCH, projectTasks } from "./projection.ts";
import type { StoredArray, TallyStage } from "./schema.ts";
import { treeBuffers, treeMemory } from "./tree-memory.ts";

type Counting = TallyStage["counting"];
type Result = NonNullable<TallyStage["result"]>;

/** One look at all elements: by what they are counted, and what the counts are for. */
interface Pass {
  readonly counting: Counting;
  readonly result: Result;
  /** Most bins that a partial count has. */
  readonly bins: number;
}

/** Values that integers of more than 16 bits may spread over, where each has a bin. */
export const MOST_VALUES = 2 ** 22;
/** How many partial counts are added up at once. */
const FAN_IN = 16;
/** Up to so many sought elements a digit has 16 bits, of a large array up to more; else 8, so that their tables stay small. */
const FEW_RANKS = 4;
const FEW_OF_MANY = 16;
const MANY_ELEMENTS = 2 ** 22;

/**
 * Counts the whole array by a tree, once or several times: the first stage of a pass reads the input in boxes and leaves partial
 * counts, further ones add them up, the last makes the result, or what the next pass has to know.
 */
export async function compileTally(
  builder: PlanBuilder,
  node: TallyNode,
  target: StoredLevels,
): Promise<void> {
  const id = target.ids[0]!;
  for (const pass of passesOf(builder, node)) await emitTree(builder, node, pass, id);
  builder.markStored(node, id);
  await compilePyramid(builder, node.step, target, 0);
}

function passesOf(builder: PlanBuilder, node: TallyNode): Pass[] {
  const { measure, input } = node;
  const bits = keyBits(input.dtype);
  const limits = () => {
    const arrays = node.limits!.map((limit) => builder.read(limit)!) as [string, string];
    return { arrays };
  };
  switch (measure.kind) {
    case "histogram":
    case "edges": {
      const { bins, range, kind } = measure;
      const between = range ? { values: [range[0], range[1]] as [number, number] } : limits();
      return [{ counting: { kind: "uniform", bins, limits: between }, result: { kind }, bins }];
    }
    case "threshold": {
      const result = { kind: "threshold" as const, name: measure.name };
      // Li's bins have no need of equal widths: each float16 gets one.
      const byKey = itemSize(input.dtype) <= 2 && (!isFloat(input.dtype) || measure.name === "li");
      if (byKey) return [{ counting: { kind: "keys", shift: 0, bits }, result, bins: 2 ** bits }];
      if (isFloat(input.dtype)) {
        const { bins } = measure;
        return [{ counting: { kind: "uniform", bins, limits: limits() }, result, bins }];
      }
      return [{ counting: { kind: "values", limits: limits() }, result, bins: MOST_VALUES }];
    }
    case "percentile": {
      const { q, method } = measure;
      const ranks = ranksOf(q, sizeOf(input.shape), method);
      const wide = ranks.length <= (sizeOf(input.shape) < MANY_ELEMENTS ? FEW_RANKS : FEW_OF_MANY);
      const digit = bits <= 16 ? bits : wide ? 16 : 8;
      const passes: Pass[] = [];
      let sought: string | undefined;
      for (let shift = bits - digit; shift >= 0; shift -= digit) {
        const into = builder.stageName(`${node.step}.sought`);
        passes.push({
          counting: { kind: "keys", shift, bits: digit, ...(sought === undefined ? {} : { sought }) },
          result:
            shift > 0 ? { kind: "narrow", ranks, into } : { kind: "percentile", q: [...q], method, ranks },
          bins: 2 ** digit * (sought === undefined ? 1 : ranks.length),
        });
        sought = into;
      }
      return passes;
    }
  }
}

async function emitTree(builder: PlanBuilder, node: TallyNode, pass: Pass, id: string): Promise<void> {
  const { spec } = builder.arrays[id] as StoredArray;
  const { counting, result, bins } = pass;
  const common = {
    kind: "tally" as const,
    inputShape: [...node.input.shape],
    inputDType: node.input.dtype,
    counting,
  };
  const last = { result, ...(result.kind === "narrow" ? {} : { array: id }) };
  const stateBytes = 8 * bins + 64;
  const finishHeap = specBytes(spec) + CODEC_SCRATCH;
  const written = { bytesWritten: specBytes(spec), objectsWritten: 1 };
  if (result.kind === "edges") {
    const estimate = { bytesRead: 16, bytesInput: 16, objectsRead: 2, cpuSeconds: 0, ...written };
    const memory = workerMemory(finishHeap, 0, 0, estimate);
    const name = builder.stageName(node.step);
    builder.stages.push({ ...common, ...last, name, tasks: 1, memory, estimate, groupsIn: 1, groupsOut: 1 });
    return;
  }

  const program = builder.program(node.input);
  const axes = node.input.shape.map((_, axis) => axis);
  const reduced = { input: node.input, reducedAxes: axes };
  const fitted = fitReadBlock(
    reduced,
    axes.map(() => 1),
  );
  const readBlock = await growReadBlock(builder, program, reduced, fitted);
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));
  const projection = await projectTasks(
    { shape: common.inputShape, block: readBlock },
    program,
    [],
    builder.chunkShapes,
    builder.objectShapes,
  );
  const heap = Math.max(projection.heap + countingBytes(bins), finishHeap);
  const reading = { program, block: readBlock };
  const buffers = treeBuffers(builder, { reading, writing: spec });
  // the counts so far as float64, those of which they are joined, and their bytes
  const counts = 3 * stateBytes;
  builder.requireMemory(node.step, heap, buffers + counts);
  const groupBlock = groupsOf(reduced, readBlock, builder.budget.workers);
  const groups = gridShape(common.inputShape, groupBlock).reduce((a, b) => a * b, 1);

  let states: string | undefined;
  let groupsIn = groups;
  for (let level = 0; ; level++) {
    const groupsOut = level === 0 ? groups : Math.ceil(groupsIn / FAN_IN);
    const isLast = groupsOut === 1;
    const name = builder.stageName(level === 0 ? node.step : `${node.step}.join`);
    const left = isLast ? written : { bytesWritten: groupsOut * stateBytes, objectsWritten: groupsOut };
    const estimate =
      level === 0
        ? {
            bytesRead: projection.bytesRead,
            bytesInput: reads.reduce((n, r) => n + specBytes(r.role === "input" ? r : r.spec), 0),
            objectsRead: projection.objectsRead,
            cpuSeconds: (projection.nanoseconds + 1.5 * sizeOf(common.inputShape)) / 1e9,
            ...left,
          }
        : {
            bytesRead: groupsIn * stateBytes,
            bytesInput: groupsIn * stateBytes,
            objectsRead: groupsIn,
            cpuSeconds: (groupsIn * stateBytes) / 1e9,
            ...left,
          };
    const memory = treeMemory(
      builder,
      {
        heap: level === 0 ? heap : isLast ? finishHeap : 0,
        states: counts,
        ...(level === 0 ? { reading } : {}),
        ...(isLast ? { writing: spec } : {}),
      },
      estimate,
    );
    const stage: TallyStage = {
      ...common,
      name,
      tasks: groupsOut,
      memory,
      estimate,
      groupsIn,
      groupsOut,
      ...(level === 0 ? { program, groupBlock, readBlock } : {}),
      ...(states === undefined ? {} : { statesIn: states }),
      ...(isLast ? last : { statesOut: name }),
    };
    builder.stages.push(stage);
    if (isLast) return;
    states = name;
    groupsIn = groupsOut;
  }
}
