import * as z from "zod";
import { ASKED_ONCE } from "../asked-once.ts";
import { type Json, LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import type { Kernel } from "./kernel.ts";
import { type LazyScalar, restoreScalars, standIns, takeScalars } from "./scalars.ts";

/** A kernel with its arguments, as `mapBlocks` and `mapOverlap` take it: frozen plain JSON. */
export interface KernelCall {
  readonly kernel: string;
  readonly args: { readonly [name: string]: Json };
  /** The 0-d arrays that `{ $scalar: 0 }`, ... in the arguments stand for. */
  readonly scalars?: readonly LazyScalar[];
}

/** A frozen call of `kernel`, its arguments checked and completed with their defaults. Throws as `parseArgs`. */
export function callKernel<Args>(kernel: Kernel<Args>, args: unknown): KernelCall {
  const taken = takeScalars(kernel, (args ?? {}) as { readonly [name: string]: unknown });
  const { scalars } = taken;
  const parsed = parseArgs(kernel, scalars.length > 0 ? standIns(taken.args) : args) as {
    readonly [name: string]: Json | undefined;
  };
  const given: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(parsed)) if (value !== undefined) given[name] = value;
  if (scalars.length === 0) return Object.freeze({ kernel: kernel.name, args: deepFreeze(given) });
  return Object.freeze({
    kernel: kernel.name,
    args: deepFreeze({ ...restoreScalars(given, scalars.length) }),
    scalars: Object.freeze([...scalars]),
  });
}

/**
 * Checks arguments against the kernel's schema and fills in defaults. Throws UNKNOWN_KEY for a parameter that the
 * kernel does not have, INVALID_ARGS naming the parameter otherwise.
 */
export function parseArgs<Args>(kernel: Kernel<Args>, args: unknown): Args {
  const result = kernel.args.safeParse(args, ASKED_ONCE);
  if (result.success) return result.data;
  const { issues } = result.error;
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys" && issue.path.length === 0);
  if (unknown?.code === "unrecognized_keys") {
    const key = unknown.keys[0]!;
    throw new LamellaError("UNKNOWN_KEY", `${kernel.name} has no parameter "${key}"`, {
      hint: hintOfNames(key, parameterNames(kernel)),
      details: { kernel: kernel.name, parameter: key },
    });
  }
  const [issue] = issues;
  const parameter = issue?.path.join(".") ?? "";
  const where = parameter === "" ? kernel.name : `${kernel.name}'s ${parameter}`;
  throw new LamellaError("INVALID_ARGS", `${where}: ${issue?.message ?? "is invalid"}`, {
    hint: `Its parameters: ${parameterNames(kernel).join(", ")}.`,
    details: { kernel: kernel.name, parameter },
  });
}

/** The names of a kernel's parameters. */
export function parameterNames(kernel: Kernel): string[] {
  return kernel.args instanceof z.ZodObject ? Object.keys(kernel.args.shape) : [];
}

function deepFreeze<T extends Json | { readonly [name: string]: Json }>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const entry of Object.values(value)) deepFreeze(entry as Json);
    Object.freeze(value);
  }
  return value;
}
