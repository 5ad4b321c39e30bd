import type { BorderWidths } from "../block/borders.ts";
import { inputsOfStep } from "./needs.ts";
import type { ProgramNode } from "./program-schema.ts";
import type { Program, TaskGrid } from "./schema.ts";

/** Elements added to a block per axis by all steps together: before it and after it. */
export function totalHalo(program: Program, rank: number): [before: number, after: number][] {
  const total = Array.from({ length: rank }, (): [number, number] => [0, 0]);
  for (const node of program.nodes) {
    // Beyond a view the axes are others: what is counted there is only a guide.
    if (node.kind !== "kernel" || node.halo.length !== rank) continue;
    for (const [axis, [before, after]] of node.halo.entries()) {
      total[axis]![0] += before;
      total[axis]![1] += after;
    }
  }
  return total;
}

/**
 * How wide the borders of an array's chunks are that a neighbouring task reads: its halo before it falls on the high
 * end of a chunk, its halo after it on the low end. Only arrays that a task reads once: of others nobody knows which chunks are
 * done with.
 */
export function haloByArray(program: Program): Map<string, BorderWidths> {
  const widths = new Map<string, BorderWidths>();
  const { nodes } = program;
  if (nodes.some((node) => !keepsPlaces(node))) return widths;
  const isBroadcast = nodes.some((node) => node.kind === "op" || node.kind === "view");
  const shape = String(nodes.at(-1)!.shape);
  for (const node of nodes) {
    if (node.kind !== "read" || timesRead(program, node.array) > 1) continue;
    // What an expression broadcasts is read by many tasks.
    if (isBroadcast && String(node.shape) !== shape) continue;
    const halo = totalHalo(program, node.shape.length);
    widths.set(
      node.array,
      halo.map(([before, after]) => [after, before] as const),
    );
  }
  return widths;
}

/** The same where tasks compute boxes of a grid: along an axis that a task spans it has no neighbours. */
export function bordersByArray(
  program: Program,
  { shape, block }: Pick<TaskGrid, "shape" | "block">,
): Map<string, BorderWidths> {
  const widths = haloByArray(program);
  for (const [array, around] of widths) {
    if (around.length !== shape.length) continue;
    widths.set(
      array,
      around.map((width, axis) => (block[axis]! >= shape[axis]! ? ([0, 0] as const) : width)),
    );
  }
  return widths;
}

/** Whether a box of a step's result needs the same box of its inputs, but for its halo; an expression's inputs may broadcast. */
function keepsPlaces(node: ProgramNode): boolean {
  if (node.kind === "view") return node.shape.length === 0;
  return node.kind !== "blockwise" && (node.kind !== "op" || node.op === "expr");
}

/** How often a task reads from an array: each step reads for itself what it takes from the steps before. */
function timesRead(program: Program, array: string): number {
  const uses = program.nodes.map(() => 0);
  uses[program.nodes.length - 1] = 1;
  let times = 0;
  for (let i = program.nodes.length - 1; i >= 0; i--) {
    const node = program.nodes[i]!;
    if (node.kind === "read") times += node.array === array ? uses[i]! : 0;
    else for (const input of inputsOfStep(node)) uses[input]! += uses[i]!;
  }
  return times;
}
