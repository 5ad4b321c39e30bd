import { describe, expect, it } from "vitest";
import { computeRegion } from "../../shared/plan/compute.ts";
import type { Machine } from "../../shared/plan/machine.ts";
import type { Program } from "../../shared/plan/schema.ts";

interface Piece {
  readonly name: string;
}

/** Says what it is asked to do, and that everything is freed once. */
function recorder() {
  const log: string[] = [];
  const live = new Set<Piece>();
  const piece = (name: string): Piece => {
    const made = { name };
    live.add(made);
    log.push(name);
    return made;
  };
  const machine: Machine<Piece> = {
    read: async (array) => piece(`read ${array}`),
    alloc: () => piece("alloc"),
    gather: () => piece("gather"),
    crop: () => piece("crop"),
    paste: () => {},
    view: () => piece("view"),
    kernel: (step) => piece(`kernel ${step.step}`),
    call: async (step) => piece(`call ${step.step}`),
    boxed: (step, _, __, next) => piece(`kernel ${step.step}${next ? ` with ${next.step}` : ""}`),
    op: (step) => piece(`op ${step.step}`),
    cast: (_, dtype) => piece(`cast ${dtype}`),
    free: (block) => {
      if (!live.delete(block)) throw new Error(`${block.name} freed twice`);
    },
  };
  return { log, live, machine };
}

describe("what several steps need", () => {
  it("is computed once, and freed once, after the last of them", async () => {
    const shape = [4];
    const facts = { shape, dtype: "uint8" as const };
    const join = (inputs: number[], n: number) => ({
      kind: "concatenate" as const,
      step: "join",
      inputs,
      axis: 0,
      offsets: inputs.map((_, i) => i * 4),
      shape: [n],
      dtype: "uint8" as const,
    });
    // A ladder: each step joins the one before with itself, so that without sharing the reads would double at each.
    const program: Program = {
      nodes: [
        { kind: "read", array: "a", ...facts },
        { kind: "cast", step: "once", input: 0, ...facts },
        join([1, 1], 8),
        { ...join([2, 2], 16), offsets: [0, 8] },
      ],
    };
    const { log, live, machine } = recorder();
    const result = await computeRegion(program, { start: [0], shape: [16] }, machine);
    expect(log.filter((entry) => entry === "read a")).toHaveLength(1);
    expect(log.filter((entry) => entry === "cast uint8")).toHaveLength(1);
    machine.free(result);
    expect([...live]).toEqual([]);
  });
});
