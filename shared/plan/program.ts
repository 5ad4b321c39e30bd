import type { ArrayNode, KernelNode } from "../array/nodes.ts";
import type { Extent } from "../kernels/kernel.ts";
import type { ModuleKernel } from "../kernels/own/own-kernel.ts";
import { regionOpNamed } from "../kernels/region/registry.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { blockwiseStep } from "./blockwise-step.ts";
import { fuseExpressions } from "./fuse-expressions.ts";
import type { PlanWarning, Program, ProgramNode } from "./schema.ts";

/**
 * Builds the fused chain that computes `node` from stored arrays: everything between `node` and what `stored` knows.
 * Equal nodes are visited once. `read` names the stored array that a node is read from, or undefined; `bundled` the digest of
 * an own kernel.
 */
export function buildProgram(
  node: ArrayNode,
  read: (node: ArrayNode) => string | undefined,
  warn: (warning: PlanWarning) => void,
  bundled: (kernel: ModuleKernel) => string,
): Program {
  const nodes: ProgramNode[] = [];
  const done = new Map<ArrayNode, number>();
  const visit = (current: ArrayNode): number => {
    const known = done.get(current);
    if (known !== undefined) return known;
    const index = emit(current);
    done.set(current, index);
    return index;
  };
  const push = (programNode: ProgramNode): number => nodes.push(programNode) - 1;
  const emit = (current: ArrayNode): number => {
    const array = read(current);
    const shape = [...current.shape];
    if (array !== undefined) return push({ kind: "read", array, shape, dtype: current.dtype });
    switch (current.kind) {
      case "rechunk":
        return visit(current.input);
      case "cast":
        return push({
          kind: "cast",
          step: current.step,
          input: visit(current.input),
          shape,
          dtype: current.dtype,
        });
      case "concatenate": {
        let offset = 0;
        const offsets = current.inputs.map((input) => {
          const at = offset;
          offset += input.shape[current.axis]!;
          return at;
        });
        const inputs = current.inputs.map(visit);
        return push({
          kind: "concatenate",
          step: current.step,
          inputs,
          axis: current.axis,
          offsets,
          shape,
          dtype: current.dtype,
        });
      }
      case "view":
        return push({
          kind: "view",
          step: current.step,
          input: visit(current.input),
          shape,
          dtype: current.dtype,
          sources: [...current.sources],
          starts: [...current.starts],
          steps: [...current.steps],
          fixed: current.fixed.map(([axis, index]) => [axis, index] as [number, number]),
          inputRank: current.input.shape.length,
        });
      case "kernel":
        return push(kernelStep(current, current.inputs.map(visit), current.scalars.map(visit), warn));
      case "blockwise":
        return push(blockwiseStep(current, visit, bundled, warn));
      case "op":
        for (const { code, message } of regionOpNamed(current.op).warnings?.(current.args, current) ?? []) {
          warn({ code, step: current.step, message: `${current.step}: ${message}` });
        }
        return push({
          kind: "op",
          step: current.step,
          op: current.op,
          args: current.args,
          inputs: current.inputs.map(visit),
          shape,
          dtype: current.dtype,
        });
      default:
        throw new Error(`a ${current.kind} node must be stored before it is read`);
    }
  };
  visit(node);
  return fuseExpressions({ nodes });
}

function kernelStep(
  node: KernelNode,
  inputs: number[],
  scalars: number[],
  warn: (warning: PlanWarning) => void,
): ProgramNode {
  const kernel = kernelNamed(node.kernel);
  const dtypes = node.inputs.map((input) => input.dtype);
  const extent = kernel.extent(node.args, node.shape.length, dtypes);
  const problems = blockDependence(node, extent);
  const base = {
    kind: "kernel" as const,
    step: node.step,
    kernel: node.kernel,
    args: node.args,
    inputs,
    ...(scalars.length > 0 ? { scalars } : {}),
    shape: [...node.shape],
    dtype: node.dtype,
    boundary: [...node.boundary],
  };
  if (problems.length === 0) return { ...base, halo: halo(node, extent) };
  const problem = problems.find(({ axis }) => (node.chunks[axis]?.length ?? 1) > 1);
  if (problem) warn({ code: "CHUNK_DEPENDENT", step: node.step, message: problem.message });
  const within = problem ? undefined : haloWithin(node, extent);
  if (within) return { ...base, boundary: node.boundary.map(() => "none" as const), halo: within };
  return {
    ...base,
    halo: node.depth.map(([a, b]) => [a, b] as [number, number]),
    blocks: node.chunks.map((blocks) => [...blocks]),
  };
}

/** A halo beyond which nothing matters is worth computing again while it is at most this part of an axis. */
const LITTLE_OF_AXIS = 1 / 16;

/**
 * The halo with which blocks that are as long as the array can be computed in parts all the same; undefined where they can't, or
 * where it would be a large part of the array.
 */
function haloWithin(node: KernelNode, extent: Extent): [number, number][] | undefined {
  if (extent.kind !== "wholeBlock" || !extent.within) return undefined;
  if (node.depth.some(([before, after]) => before + after > 0)) return undefined;
  const isLittle = extent.within.every((far, axis) => far <= LITTLE_OF_AXIS * node.shape[axis]!);
  return isLittle ? extent.within.map((far) => [far, far]) : undefined;
}

interface Dependence {
  readonly axis: number;
  readonly message: string;
}

/** Along which axes, and why, the result depends on the blocks the kernel is given. */
function blockDependence(node: KernelNode, extent: Extent): Dependence[] {
  const axes = node.shape.map((_, axis) => axis);
  switch (extent.kind) {
    case "pointwise":
      return [];
    case "wholeBlock": {
      const instead = extent.instead ? `; ${extent.instead}` : "";
      const message = `${node.step}: ${node.kernel} sees one chunk at a time, so its result depends on the chunks${instead}`;
      return axes.filter((axis) => extent.axes?.[axis] ?? true).map((axis) => ({ axis, message }));
    }
    case "reach":
      return axes.flatMap((axis) => reachProblem(node, extent.reach[axis]!, axis));
  }
}

function reachProblem(
  node: KernelNode,
  [before, after]: readonly [before: number, after: number],
  axis: number,
): Dependence[] {
  const name = axisName(node, axis);
  const [depthBefore, depthAfter] = node.depth[axis]!;
  const none = node.boundary[axis] === "none";
  if (none && node.args["mode"] === "wrap" && before + after > 0) {
    const message = `${node.step}: ${node.kernel} wraps around each block along axis ${name}, so its result depends on the chunks; use boundary "wrap" of mapOverlap`;
    return [{ axis, message }];
  }
  if (none && (node.chunks[axis]?.length ?? 1) <= 1) return [];
  if (depthBefore >= before && depthAfter >= after) return [];
  const far = Math.max(before, after);
  const message =
    `${node.step}: ${node.kernel} looks ${far} elements far along axis ${name}, but has a depth of ` +
    `[${depthBefore}, ${depthAfter}], so its result depends on the chunks; use mapOverlap with depth ${far}`;
  return [{ axis, message }];
}

function axisName(node: KernelNode, axis: number): string {
  return node.axes[axis]?.name ?? String(axis);
}

/**
 * The halo that a block needs: the kernel's reach, which the depth covers. Reading less than the depth gives the same
 * values, since what lies beyond the reach has no influence.
 */
function halo(node: KernelNode, extent: Extent): [number, number][] {
  return node.depth.map(([before, after], axis) => {
    if (extent.kind !== "reach") return [0, 0];
    const [reachBefore, reachAfter] = extent.reach[axis]!;
    if (node.boundary[axis] === "none" && reachBefore !== reachAfter && mirrors(node)) {
      const far = Math.max(reachBefore, reachAfter);
      return [far, far];
    }
    // An axis of one chunk without boundary is whole already: its ends are the array's own.
    if (node.boundary[axis] === "none" && (node.chunks[axis]?.length ?? 1) <= 1)
      return [reachBefore, reachAfter];
    return [Math.min(before, reachBefore), Math.min(after, reachAfter)];
  });
}

/** A kernel that mirrors at the array's ends takes for what lies before them what lies as far behind them. */
function mirrors({ args }: KernelNode): boolean {
  return args["mode"] === "reflect" || args["mode"] === "mirror";
}
