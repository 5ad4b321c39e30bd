import { type ArrayNode, inputsOf } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import { hasOwnStages, intermediateArray, type PlanBuilder } from "./builder.ts";
import { LEAST_SAVED, storeSeconds, WORTH_STORING } from "./economy.ts";
import { estimatePass } from "./estimate.ts";
import { seconds } from "./phrases.ts";

/** Steps that are tried, from the last on. */
const MOST_TRIED = 8;

/**
 * Steps that several stages would compute, each for itself, and that are cheaper stored once: those that two outputs, or an output and a
 * reduction, come from. Inputs first. Each is decided on for itself, with what was decided on before as stored.
 */
export async function* sharedSteps(
  builder: PlanBuilder,
  order: readonly ArrayNode[],
  outputs: readonly ArrayNode[],
): AsyncGenerator<ArrayNode> {
  if (builder.economy === "fuse") return;
  const results = new Set(outputs);
  let tried = 0;
  for (const node of order.toReversed()) {
    const readers = readersOf(builder, order, results, node);
    if (readers.length < 2 || tried >= MOST_TRIED) continue;
    // What lies behind reductions has its place in the order of stages, and the compiler finds it there.
    if (builder.pending(node).length > 0 || sizeOf(node.shape) === 0) continue;
    tried++;
    if (builder.economy === "store" || (await pays(builder, node, readers))) yield node;
  }
}

/** A chain that a stage computes, by its last node, and the step that the stage is for. */
interface Reader {
  readonly node: ArrayNode;
  readonly step: string;
}

/** The chains that would compute a node, each for itself. */
function readersOf(
  builder: PlanBuilder,
  order: readonly ArrayNode[],
  results: ReadonlySet<ArrayNode>,
  node: ArrayNode,
): Reader[] {
  const isStored = (each: ArrayNode) => builder.isReadable(each) || hasOwnStages(each);
  if (isStored(node) || results.has(node) || node.kind === "rechunk") return [];
  const readers: Reader[] = [];
  for (const each of order) {
    if (results.has(each) && !isStored(each)) readers.push({ node: each, step: each.step });
    if (!hasOwnStages(each) || builder.isReadable(each)) continue;
    for (const input of inputsOf(each)) readers.push({ node: input, step: each.step });
  }
  const reaches = (from: ArrayNode): boolean => {
    const seen = new Set<ArrayNode>();
    const visit = (current: ArrayNode, isFirst: boolean): boolean => {
      if (current === node) return true;
      if (seen.has(current) || isStored(current) || (!isFirst && results.has(current))) return false;
      seen.add(current);
      return inputsOf(current).some((input) => visit(input, false));
    };
    return visit(from, true);
  };
  return readers.filter((reader) => !isStored(reader.node) && reaches(reader.node));
}

/** Whether storing a node once, and reading it in every stage, is cheaper than computing it in every one. */
async function pays(builder: PlanBuilder, node: ArrayNode, readers: readonly Reader[]): Promise<boolean> {
  const id = " shared";
  const chunkShape = largestBlock(node.chunks);
  const stored = intermediateArray(id, node, chunkShape);
  const once = await estimatePass(builder, builder.program(node), stored.spec);
  if (!once.fits || once.seconds * (readers.length - 1) < storeSeconds(node)) return false;
  let apart = 0;
  let together = once.seconds;
  for (const { node: reader } of readers) {
    if (builder.pending(reader).length > 0) return false;
    const { spec } = intermediateArray(" reader", reader, largestBlock(reader.chunks));
    const alone = await estimatePass(builder, builder.program(reader), spec);
    // Making a program may add inputs to the builder's arrays.
    const program = builder.program(reader, { node, array: id });
    const after = await estimatePass(builder, program, spec, { ...builder.arrays, [id]: stored });
    apart += alone.seconds;
    together += after.seconds;
  }
  if (together >= WORTH_STORING * apart || apart - together < LEAST_SAVED) return false;
  const names = [...new Set(readers.map((reader) => reader.step))].join(", ");
  builder.decide({
    step: node.step,
    choice: "stored",
    reason: `${readers.length} stages come from it (${names}): computed in each they take ${seconds(apart)} of CPU, with it stored once ${seconds(together)}`,
  });
  return true;
}
