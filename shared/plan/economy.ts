import { type ArrayNode, inputsOf } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import { betweenChunks } from "./between-chunks.ts";
import { LARGE_TASK } from "./blocks.ts";
import { intermediateArray, type PlanBuilder } from "./builder.ts";
import { estimatePass, OBJECT_SECONDS, type PassEstimate } from "./estimate.ts";
import { seconds, share } from "./phrases.ts";
import { DECODE_NANOSECONDS, ENCODE_NANOSECONDS, projectTasks } from "./projection.ts";
import type { PlanDecision, Program } from "./schema.ts";
import { layoutOf } from "./traffic.ts";

/** A step that is stored on the way, in chunks of its own. */
export interface Cut {
  readonly node: ArrayNode;
  readonly chunkShape: readonly number[];
}

/** Storing must make a stage this much cheaper: the estimate isn't better than that. */
export const WORTH_STORING = 0.8;
/** Seconds of one core below which nothing is worth another stage. */
export const LEAST_SAVED = 0.2;
/** Decoded bytes for each byte taken, from which two passes are thought of. */
const MANY_PARTS = 2;
/** Steps that are tried, those that would be cheapest to store. */
const MOST_TRIED = 6;

/**
 * Whether a chain that would be computed in one stage is cheaper with one of its steps stored under the run's folder first: a
 * rechunk in two passes, or a step before an overlap whose halo would be computed again and again. Says in the plan's decisions what
 * was chosen, and why. `spec` is how the result is stored. Undefined: one stage.
 */
export async function chooseCut(
  builder: PlanBuilder,
  node: ArrayNode,
  spec: ArraySpec,
): Promise<Cut | undefined> {
  if (builder.economy === "fuse") return undefined;
  if (builder.economy === "store") return forced(builder, node, spec);
  const program = builder.program(node);
  const fused = await estimatePass(builder, program, spec);
  const tried: Tried[] = [];
  const parts = fused.bytesTaken > 0 ? fused.bytesRead / fused.bytesTaken : 1;
  if (parts > MANY_PARTS || !fused.fits) {
    for (const cut of passesBetween(builder, node, spec)) tried.push(await tryCut(builder, node, spec, cut));
  }
  const again = await recomputed(builder, program, fused);
  for (const cut of storable(builder, node, again)) tried.push(await tryCut(builder, node, spec, cut));

  if (!fused.fits && !tried.some((each) => each.fits)) {
    // Refused either way: with the way that needs least.
    const least = tried.reduce((a, b) => (b.need < a.need ? b : a), {
      need: fused.need,
      cut: undefined as Cut | undefined,
    });
    return least.cut;
  }
  const possible = tried.filter((each) => each.fits);
  const best = possible.reduce<Tried | undefined>((a, b) => (a && a.seconds <= b.seconds ? a : b), undefined);
  const pays =
    best !== undefined &&
    (!fused.fits ||
      (best.seconds < WORTH_STORING * fused.seconds && fused.seconds - best.seconds > LEAST_SAVED));
  const decision = describe(node, program, fused, again, parts, best, pays);
  if (decision) builder.decide(decision);
  return pays ? best.cut : undefined;
}

interface Tried {
  readonly cut: Cut;
  readonly fits: boolean;
  readonly need: number;
  readonly seconds: number;
}

/** What both stages would take, were a step stored. */
async function tryCut(builder: PlanBuilder, node: ArrayNode, spec: ArraySpec, cut: Cut): Promise<Tried> {
  const id = " cut";
  const stored = intermediateArray(id, cut.node, cut.chunkShape);
  const rest = builder.program(node, { node: cut.node, array: id });
  const first = await estimatePass(builder, builder.program(cut.node), stored.spec);
  const second = await estimatePass(builder, rest, spec, { ...builder.arrays, [id]: stored });
  return {
    cut,
    fits: first.fits && second.fits,
    need: Math.max(first.need, second.need),
    seconds: first.seconds + second.seconds,
  };
}

/** The places where a rechunk may go through an intermediate array: the result itself, and rechunk steps before it. */
function* passesBetween(
  builder: PlanBuilder,
  node: ArrayNode,
  spec: ArraySpec,
  mostBytes: number = Math.min(builder.limit / 3, LARGE_TASK / 2),
): Generator<Cut> {
  for (const each of new Set([node, ...fusedNodes(builder, node)])) {
    if (each !== node && each.kind !== "rechunk") continue;
    const target = each === node ? (spec.shardShape ?? spec.chunkShape) : largestBlock(each.chunks);
    const item = itemSize(each.dtype);
    const { between } = betweenChunks(each.shape, sourceChunks(builder, each), target, item, mostBytes);
    yield { node: each, chunkShape: between };
  }
}

/** The chunks in which a step's values come: those of what it rechunks, else its own. */
function sourceChunks(builder: PlanBuilder, node: ArrayNode): number[] {
  let current = node;
  while (current.kind === "rechunk" && !builder.isReadable(current)) current = current.input;
  const array = builder.isReadable(current) ? builder.read(current) : undefined;
  const chunks =
    array === undefined ? largestBlock(current.chunks) : layoutOf(builder.arrays[array]!).chunkShape;
  return chunks.map((n) => Math.max(1, n));
}

/** Steps before an overlap, or that several steps read, which may be cheaper stored than computed again for so many seconds. */
function storable(builder: PlanBuilder, node: ArrayNode, again: number): Cut[] {
  if (again < LEAST_SAVED) return [];
  return candidates(builder, node)
    .map((each) => ({ each, cost: storeSeconds(each) }))
    .filter(({ cost }) => cost < again)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, MOST_TRIED)
    .map(({ each }) => ({ node: each, chunkShape: ownChunks(each) }));
}

function candidates(builder: PlanBuilder, node: ArrayNode): ArrayNode[] {
  const fused = fusedNodes(builder, node);
  const uses = new Map<ArrayNode, number>();
  const before = new Set<ArrayNode>();
  for (const each of fused) {
    for (const input of inputsOf(each)) {
      uses.set(input, (uses.get(input) ?? 0) + 1);
      if (each.kind === "kernel" && each.depth.some(([low, high]) => low + high > 0)) before.add(input);
    }
  }
  return fused.filter(
    (each) =>
      each !== node &&
      each.kind !== "rechunk" &&
      sizeOf(each.shape) > 0 &&
      (before.has(each) || uses.get(each)! > 1),
  );
}

/** Bytes that a box of a rechunk may have in tests, whose arrays are small. */
const SMALL_BOX = 2048;

/** For tests: the first step that could be stored. */
function forced(builder: PlanBuilder, node: ArrayNode, spec: ArraySpec): Cut | undefined {
  const [first] = candidates(builder, node);
  const cut = first
    ? { node: first, chunkShape: ownChunks(first) }
    : [...passesBetween(builder, node, spec, SMALL_BOX)].find((each) => each.node.kind === "rechunk");
  if (cut) builder.decide({ step: cut.node.step, choice: "stored", reason: "asked for" });
  return cut;
}

/** The steps that are computed in one stage with a node, the node last. */
function fusedNodes(builder: PlanBuilder, node: ArrayNode): ArrayNode[] {
  const order: ArrayNode[] = [];
  const seen = new Set<ArrayNode>();
  const visit = (current: ArrayNode): void => {
    if (seen.has(current) || builder.isReadable(current)) return;
    seen.add(current);
    for (const input of inputsOf(current)) visit(input);
    order.push(current);
  };
  visit(node);
  return order;
}

function ownChunks(node: ArrayNode): number[] {
  return largestBlock(node.chunks).map((n) => Math.max(1, n));
}

/** The least that storing a step and reading it again takes, seconds. */
export function storeSeconds(node: ArrayNode): number {
  const bytes = sizeOf(node.shape) * itemSize(node.dtype);
  const objects = node.chunks.reduce((n, blocks) => n * Math.max(1, blocks.length), 1);
  return (bytes * (ENCODE_NANOSECONDS + DECODE_NANOSECONDS)) / 1e9 + 2 * objects * OBJECT_SECONDS;
}

/** Blocks along each axis of a task so large that nearly nothing in it is computed twice. */
const LARGE_BOX = 4;

/** Seconds that a stage spends on what it computes more than once. */
async function recomputed(builder: PlanBuilder, program: Program, fused: PassEstimate): Promise<number> {
  if (program.nodes.filter((node) => node.kind === "kernel" || node.kind === "op").length < 2) return 0;
  const shape = fused.shape;
  const box = shape.map((n, axis) => Math.max(1, Math.min(n, LARGE_BOX * fused.block[axis]!)));
  // One task in a corner: whatever its shape, only its faces are computed again.
  const one = { shape: box, block: box };
  const all = await projectTasks(one, program, [], builder.chunkShapes, builder.objectShapes);
  const compute = all.nanoseconds - all.bytesRead * DECODE_NANOSECONDS;
  const once = (compute / Math.max(1, sizeOf(box))) * sizeOf(shape);
  return Math.max(0, (fused.computeNanoseconds - once) / 1e9);
}

function describe(
  node: ArrayNode,
  program: Program,
  fused: PassEstimate,
  again: number,
  parts: number,
  best: Tried | undefined,
  pays: boolean,
): PlanDecision | undefined {
  const step = node.step;
  if (pays && best) {
    const { cut } = best;
    const both = `${seconds(best.seconds)} of CPU against ${fused.fits ? seconds(fused.seconds) : "no fit in memory"}`;
    if (cut.node === node || cut.node.kind === "rechunk") {
      return {
        step: cut.node.step,
        choice: "two passes",
        reason: `in one pass every chunk would be decoded ${parts.toFixed(1)} times; through chunks of ${cut.chunkShape.join("x")} that is ${both}`,
      };
    }
    return {
      step: cut.node.step,
      choice: "stored",
      reason: `computing it again for ${step} would take ${seconds(again)}; stored, both stages take ${both}`,
    };
  }
  const steps = [...new Set(program.nodes.flatMap((each) => ("step" in each ? [each.step] : [])))];
  if (parts > 1.5 && (steps.length === 0 || node.kind === "rechunk")) {
    return {
      step,
      choice: "one pass",
      reason: `every chunk is decoded ${parts.toFixed(1)} times${best ? `, which is cheaper than two passes (${seconds(fused.seconds)} of CPU against ${seconds(best.seconds)})` : ""}`,
    };
  }
  if (steps.length < 2) return undefined;
  const more = fused.computeNanoseconds > 0 ? (again * 1e9) / fused.computeNanoseconds : 0;
  return {
    step,
    choice: "fused",
    reason: `${steps.join(", ")} in one stage: ${again > 0.001 ? `${share(more)} of the work is computed again at halos (${seconds(again)})` : "nothing is computed twice"}${best ? `, storing ${best.cut.node.step} would make it ${seconds(best.seconds)} instead of ${seconds(fused.seconds)}` : `, less than storing a step would take`}`,
  };
}
