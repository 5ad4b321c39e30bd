import type { Region } from "../block/region.ts";
import type { KernelBox } from "../kernels/kernel.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { LEAST_ROW } from "../kernels/row-step.ts";
import type { NextStep } from "./machine.ts";
import { lazyBlocks, reachOf } from "./needs.ts";
import type { KernelStep, Program, ProgramNode } from "./schema.ts";

/** How a kernel's box is computed straight from what is read of its input: undefined where it must be extended, run and cut. */
export function boxOf(step: KernelStep, region: Region): KernelBox | undefined {
  const { boxed } = kernelNamed(step.kernel);
  if (!boxed || step.inputs.length !== 1 || step.scalars || lazyBlocks(step, region)) return undefined;
  const { maps } = reachOf(step, region);
  const box = {
    maps,
    from: region.start.map((start, axis) => start - maps[axis]!.start),
    shape: region.shape,
  };
  return boxed.fits(step.args, box) ? box : undefined;
}

/** The kernel step whose rows a step on single elements can take as they come; undefined where there is none. */
export function rowsFor(program: Program, node: ProgramNode, region: Region): KernelStep | undefined {
  if (!isNextStep(node) || (region.shape.at(-1) ?? 0) < LEAST_ROW) return undefined;
  const input = program.nodes[node.kind === "cast" ? node.input : node.inputs[0]!]!;
  const sameShape =
    input.shape.length === node.shape.length && input.shape.every((n, i) => n === node.shape[i]);
  return input.kind === "kernel" && sameShape && boxOf(input, region) ? input : undefined;
}

function isNextStep(node: ProgramNode): node is NextStep {
  if (node.kind === "cast") return true;
  return node.kind === "op" && node.op === "expr" && node.inputs.length === 1 && !node.args["axes"];
}
