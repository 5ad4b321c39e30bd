import * as z from "zod";
import type { DType } from "../shared/block/dtype.ts";
import type { Extent, Kernel } from "../shared/kernels/kernel.ts";
import { allKernels, kernelNamed } from "../shared/kernels/registry.ts";
import { dtypesOf, exampleOf } from "./kernel-example.ts";

export interface KernelEntry {
  readonly name: string;
  readonly summary: string;
  /** The function whose result it equals. */
  readonly equals: string;
  readonly dtypes: readonly string[];
  readonly parameters: { readonly [name: string]: KernelParameter };
}

/** A kernel with what comes out and how far it looks, the example's arguments given. */
export interface KernelDetails extends KernelEntry {
  /** The dtype of the result by that of the input. */
  readonly gives: { readonly [dtype: string]: string };
  readonly looksAt: Extent;
  /** A step of a pipeline. */
  readonly example: string;
}

/** A parameter as JSON Schema, as far as it is read here. */
export interface KernelParameter {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly KernelParameter[];
}

/** The built-in kernels with their parameters and dtypes: what `lamella kernels` prints, and docs/kernels.md holds. */
export function kernelList(): KernelEntry[] {
  return allKernels().map(entryOf);
}

/** All about one kernel. Throws UNKNOWN_KERNEL, with the nearest known name. */
export function kernelDetails(name: string): KernelDetails {
  const kernel = kernelNamed(name);
  const { extent, step } = exampleOf(kernel);
  return {
    ...entryOf(kernel),
    gives: Object.fromEntries(dtypesOf(kernel)),
    looksAt: extent,
    example: step,
  };
}

function entryOf(kernel: Kernel): KernelEntry {
  const schema = z.toJSONSchema(kernel.args, { io: "input", unrepresentable: "any" });
  return {
    name: kernel.name,
    summary: kernel.summary,
    equals: kernel.equals,
    dtypes: kernel.accepts,
    parameters: (schema.properties ?? {}) as KernelEntry["parameters"],
  };
}

/** "float32 of bool, int8 and uint8; float64 of float64", or shorter where it can be said shorter. */
export function whatComesOut(gives: KernelDetails["gives"]): string {
  const pairs = Object.entries(gives) as [DType, DType][];
  if (pairs.every(([from, to]) => from === to)) return "the input's dtype";
  const by = Map.groupBy(pairs, ([, to]) => to);
  if (by.size === 1) return pairs[0]![1];
  return [...by].map(([to, from]) => `${to} of ${from.map(([dtype]) => dtype).join(", ")}`).join("; ");
}

/** How far a kernel looks on z, y and x, in words. */
export function howFar(extent: Extent): string {
  if (extent.kind === "pointwise") return "each element by itself";
  if (extent.kind === "wholeBlock") {
    const instead =
      extent.instead === undefined ? "" : `; instead of it, whatever the chunks: ${extent.instead}`;
    return `its whole block, so that the result depends on the chunks${instead}`;
  }
  const sides = extent.reach.map(([before, after]) =>
    before === after ? String(before) : `${before} before and ${after} after`,
  );
  return `elements up to ${sides.join(", ")} away along z, y, x with the example's arguments: what \`depth\` has to cover`;
}

/** What values a parameter takes, in words. */
export function typeOf(parameter: KernelParameter): string {
  if (parameter.enum) return parameter.enum.map(String).join(", ");
  if (parameter.anyOf)
    return [...new Set(parameter.anyOf.map(typeOf))].filter((text) => text !== "").join(" or ");
  const words: { readonly [type: string]: string } = {
    integer: "whole number",
    boolean: "true or false",
    array: "list",
    object: "map",
    string: "text",
  };
  return parameter.type === undefined ? "" : (words[parameter.type] ?? parameter.type);
}
