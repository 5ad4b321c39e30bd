import { stridesOf } from "../block/block.ts";
import { type AxisMap, readBox } from "../block/boundary.ts";
import { intersect, type Region, sameRegion, stopOf } from "../block/region.ts";
import { type BlockCall, blockCalls } from "./blockwise-needs.ts";
import type { Machine, NextStep } from "./machine.ts";
import {
  factsOf,
  inputsOfStep,
  joinedParts,
  kernelBox,
  lazyBlocks,
  needsOf,
  reachOf,
  viewedBox,
} from "./needs.ts";
import { boxOf, rowsFor } from "./next-step.ts";
import type { BlockwiseStep, ConcatenateStep, KernelStep, OpStep, Program, ViewStep } from "./schema.ts";

/**
 * Computes a region of a program's result, pulling from each step what the next one needs. At each step the
 * intermediate is cut to the array and extended by that step's own boundary, so fused chains have right edges.
 */
export function computeRegion<B>(program: Program, region: Region, machine: Machine<B>): Promise<B> {
  return new Computation(program, machine).result(region);
}

/** One region's way through a program. What several steps need of another alike is computed once, and freed after the last of them. */
class Computation<B> {
  readonly #program: Program;
  readonly #machine: Machine<B>;
  /** How often a box of a node is still asked for, where that is more than once. */
  readonly #asked = new Map<string, number>();
  readonly #held = new Map<string, B>();
  /** Owners of a block, where there are several. */
  readonly #owners = new Map<B, number>();

  constructor(program: Program, machine: Machine<B>) {
    this.#program = program;
    this.#machine = machine;
  }

  result(region: Region): Promise<B> {
    const last = this.#program.nodes.length - 1;
    if (branches(this.#program)) this.#count(last, region, new Set());
    return this.#node(last, region);
  }

  /** Follows the requests of a run: a box that is asked for again is computed from its inputs only once. */
  #count(index: number, region: Region, seen: Set<string>): void {
    const key = keyOf(index, region);
    if (seen.has(key)) {
      this.#asked.set(key, (this.#asked.get(key) ?? 1) + 1);
      return;
    }
    seen.add(key);
    for (const need of needsOf(this.#program, this.#program.nodes[index]!, region)) {
      this.#count(need.input, need.region, seen);
    }
  }

  async #node(index: number, region: Region): Promise<B> {
    if (this.#asked.size === 0) return this.#compute(index, region);
    const key = keyOf(index, region);
    const asked = this.#asked.get(key);
    if (asked === undefined) return this.#compute(index, region);
    this.#asked.set(key, asked - 1);
    const held = this.#held.get(key);
    if (held !== undefined) {
      if (asked === 1) this.#held.delete(key);
      return held;
    }
    const block = await this.#compute(index, region);
    this.#held.set(key, block);
    this.#owners.set(block, (this.#owners.get(block) ?? 1) - 1 + asked);
    return block;
  }

  #free(block: B): void {
    const owners = this.#owners.get(block) ?? 1;
    if (owners > 2) this.#owners.set(block, owners - 1);
    else if (owners === 2) this.#owners.delete(block);
    else this.#machine.free(block);
  }

  async #compute(index: number, region: Region): Promise<B> {
    const node = this.#program.nodes[index]!;
    switch (node.kind) {
      case "read":
        return this.#machine.read(node.array, node.dtype, region);
      case "cast": {
        const rows = this.#rowsFor(node, region);
        if (rows) return this.#boxed(rows, region, node);
        const input = await this.#node(node.input, region);
        const result = this.#machine.cast(input, node.dtype);
        this.#free(input);
        return result;
      }
      case "concatenate":
        return this.#concatenated(node, region);
      case "view":
        return this.#viewed(node, region);
      case "op":
        return this.#op(node, region);
      case "blockwise":
        return this.#blockwise(node, region);
      case "kernel":
        return this.#kernel(node, region);
    }
  }

  async #op(node: OpStep, region: Region): Promise<B> {
    const rows = this.#rowsFor(node, region);
    if (rows) return this.#boxed(rows, region, node);
    const needs = needsOf(this.#program, node, region);
    const boxes = needs.map((need) => need.region);
    const inputs: B[] = [];
    for (const need of needs) inputs.push(await this.#node(need.input, need.region));
    const result = this.#machine.op(node, factsOf(this.#program, node), region, inputs, boxes);
    for (const input of inputs) this.#free(input);
    return result;
  }

  /** A function of blocks, called for each of its blocks that the region meets. */
  async #blockwise(step: BlockwiseStep, region: Region): Promise<B> {
    const scalars: B[] = [];
    for (const scalar of step.scalars ?? []) scalars.push(await this.#node(scalar, { start: [], shape: [] }));
    const calls = blockCalls(this.#program, step, region);
    const [only] = calls;
    if (only && calls.length === 1 && sameRegion(only.region, region)) {
      const block = await this.#call(step, only, scalars);
      for (const scalar of scalars) this.#free(scalar);
      return block;
    }
    const result = this.#machine.alloc(step.dtype, region.shape);
    for (const call of calls) {
      const computed = await this.#call(step, call, scalars);
      const part = intersect(call.region, region);
      const at = part.start.map((s, axis) => s - call.region.start[axis]!);
      const to = part.start.map((s, axis) => s - region.start[axis]!);
      this.#machine.paste(computed, at, result, to, part.shape);
      this.#machine.free(computed);
    }
    for (const scalar of scalars) this.#free(scalar);
    return result;
  }

  /** One block of the result, without its halo. */
  async #call(step: BlockwiseStep, call: BlockCall, scalars: readonly B[]): Promise<B> {
    const machine = this.#machine;
    const inputs: (B | undefined)[] = [];
    for (const part of call.parts) {
      if (!part) {
        inputs.push(undefined);
        continue;
      }
      const block = await this.#node(part.node, part.box);
      if (!part.maps.some((m) => m.index)) {
        inputs.push(block);
        continue;
      }
      inputs.push(machine.gather(block, part.maps));
      this.#free(block);
    }
    const computed = await machine.call(step, call, inputs, scalars);
    for (const input of inputs) if (input !== undefined) this.#free(input);
    if (call.shape.every((n, axis) => n === call.region.shape[axis])) return computed;
    const trimmed = machine.crop(computed, call.at, call.region.shape);
    machine.free(computed);
    return trimmed;
  }

  /** The parts of a region that each input has, pasted beside each other. */
  async #concatenated(node: ConcatenateStep, region: Region): Promise<B> {
    const { axis } = node;
    let result: B | undefined;
    for (const { input, part, at } of joinedParts(node, region)) {
      const block = await this.#node(input, part);
      if (part.shape[axis] === region.shape[axis]) return block;
      result ??= this.#machine.alloc(node.dtype, region.shape);
      const origin = part.shape.map(() => 0);
      const to = origin.map((_, k) => (k === axis ? at : 0));
      this.#machine.paste(block, origin, result, to, part.shape);
      this.#free(block);
    }
    return result ?? this.#machine.alloc(node.dtype, region.shape);
  }

  /** Picks and reorders: the box of the input that holds every element picked is computed, then walked with strides. */
  async #viewed(node: ViewStep, region: Region): Promise<B> {
    const box = viewedBox(node, region);
    const block = await this.#node(node.input, box);
    const inner = stridesOf(box.shape);
    let origin = 0;
    const strides = node.sources.map((source, axis) => {
      if (source < 0) return 0;
      if (node.steps[axis]! < 0) origin += (box.shape[source]! - 1) * inner[source]!;
      return node.steps[axis]! * inner[source]!;
    });
    const start = region.shape.some((n) => n === 0) ? 0 : origin;
    const result = this.#machine.view(block, start, strides, region.shape);
    this.#free(block);
    return result;
  }

  async #kernel(step: KernelStep, region: Region): Promise<B> {
    if (boxOf(step, region)) return this.#boxed(step, region);
    const scalars: B[] = [];
    for (const scalar of step.scalars ?? []) scalars.push(await this.#node(scalar, { start: [], shape: [] }));
    const blocks = lazyBlocks(step, region);
    const result = blocks
      ? await this.#blockByBlock(step, blocks, region, scalars)
      : await this.#extended(step, region, scalars);
    for (const scalar of scalars) this.#free(scalar);
    return result;
  }

  /** The kernel that gives its rows to a step, unless others ask for its result too. */
  #rowsFor(node: NextStep, region: Region): KernelStep | undefined {
    const input = node.kind === "cast" ? node.input : node.inputs[0]!;
    const rows = rowsFor(this.#program, node, region);
    return rows && !this.#asked.has(keyOf(input, region)) ? rows : undefined;
  }

  async #boxed(step: KernelStep, region: Region, next?: NextStep): Promise<B> {
    const box = boxOf(step, region)!;
    const [input] = await this.#inputs(step, readBox(box.maps));
    const result = this.#machine.boxed(step, input!, box, next);
    this.#free(input!);
    return result;
  }

  async #inputs(step: KernelStep, box: Region): Promise<B[]> {
    const inputs: B[] = [];
    for (const input of step.inputs) inputs.push(await this.#node(input, box));
    return inputs;
  }

  /**
   * A kernel that depends on its block: every lazy chunk that the region meets is computed whole. What the blocks need of
   * the steps before is computed once for all of them, so that their halos aren't.
   */
  async #blockByBlock(
    step: KernelStep,
    blocks: readonly Region[],
    region: Region,
    scalars: readonly B[],
  ): Promise<B> {
    const result = this.#machine.alloc(step.dtype, region.shape);
    const box = kernelBox(step, region);
    if (!box) return result;
    const inputs = await this.#inputs(step, box);
    for (const block of blocks) {
      const { maps, inner } = reachOf(step, block);
      const from = inner.start.map((s, axis) => s - box.start[axis]!);
      const pieces = inputs.map((input) => this.#machine.crop(input, from, inner.shape));
      const computed = this.#run(step, block, maps, pieces, scalars);
      const part = intersect(block, region);
      const at = part.start.map((s, axis) => s - block.start[axis]!);
      const to = part.start.map((s, axis) => s - region.start[axis]!);
      this.#machine.paste(computed, at, result, to, part.shape);
      this.#free(computed);
    }
    for (const input of inputs) this.#free(input);
    return result;
  }

  async #extended(step: KernelStep, region: Region, scalars: readonly B[]): Promise<B> {
    const { maps, inner } = reachOf(step, region);
    return this.#run(step, region, maps, await this.#inputs(step, inner), scalars);
  }

  /** Extends the inputs by the boundary, runs the kernel, trims. Frees the inputs. */
  #run(
    step: KernelStep,
    region: Region,
    maps: readonly AxisMap[],
    inputs: readonly B[],
    scalars: readonly B[],
  ): B {
    const machine = this.#machine;
    const padded = maps.some((m) => m.index)
      ? inputs.map((input) => {
          const gathered = machine.gather(input, maps);
          this.#free(input);
          return gathered;
        })
      : inputs;
    const computed = machine.kernel(step, padded, scalars);
    for (const input of padded) this.#free(input);
    const stop = stopOf(region);
    if (maps.every((m, axis) => m.start === region.start[axis] && m.stop === stop[axis])) return computed;
    const from = region.start.map((start, axis) => start - maps[axis]!.start);
    const trimmed = machine.crop(computed, from, region.shape);
    machine.free(computed);
    return trimmed;
  }
}

function keyOf(index: number, region: Region): string {
  return `${index}@${region.start.join()}+${region.shape.join()}`;
}

/** Whether any node is read by two others, or twice by one. */
export function branches(program: Program): boolean {
  const used = new Set<number>();
  for (const node of program.nodes) {
    for (const input of inputsOfStep(node)) {
      if (used.has(input)) return true;
      used.add(input);
    }
  }
  return false;
}
