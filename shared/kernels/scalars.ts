import type { Block } from "../block/block.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";

/**
 * An argument whose value is computed: a 0-d lazy array, such as `image.otsu()`. The plan holds `{ $scalar: k }` in its
 * place, and the task that runs the kernel fills the value in.
 */
export interface LazyScalar {
  readonly node: { readonly kind: string; readonly shape: readonly number[]; readonly step: string };
}

/** Arguments of which some come from 0-d arrays. */
export interface ScalarArgs {
  /** Those replaced by `{ $scalar: k }`. */
  readonly args: { readonly [name: string]: unknown };
  readonly scalars: readonly LazyScalar[];
}

/** Distinct, ascending, and not what anybody writes: they pass a kernel's checks and are found again behind them. */
const STAND_INS = Array.from({ length: 16 }, (_, k) => 7_340_033.28125 + k * 4096);

export function isLazyScalar(value: unknown): value is LazyScalar {
  if (typeof value !== "object" || value === null || !("node" in value)) return false;
  const { node } = value as { node: unknown };
  return typeof node === "object" && node !== null && "kind" in node && "shape" in node;
}

/**
 * Sets the 0-d arrays among arguments apart. Throws INVALID_ARGS for one that isn't 0-d, or where the kernel needs the
 * value before the run: only the parameters that it names in `scalars` may be computed.
 */
export function takeScalars(
  kernel: Pick<Kernel, "name" | "scalars">,
  args: { readonly [name: string]: unknown },
): ScalarArgs {
  const scalars: LazyScalar[] = [];
  const taken = (name: string, value: unknown): unknown => {
    if (isLazyScalar(value)) {
      check(kernel, name, value);
      scalars.push(value);
      return { $scalar: scalars.length - 1 };
    }
    return Array.isArray(value) ? value.map((entry) => taken(name, entry)) : value;
  };
  const replaced = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, taken(name, value)]),
  );
  return { args: replaced, scalars };
}

function check(kernel: Pick<Kernel, "name" | "scalars">, name: string, { node }: LazyScalar): void {
  const allowed = kernel.scalars ?? [];
  if (!allowed.includes(name)) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel.name}'s ${name} must be known before the run, so it can't come from step ${node.step}`,
      {
        hint:
          allowed.length > 0
            ? `Of its parameters ${allowed.join(", ")} may be computed by a step.`
            : "Give a value.",
        details: { kernel: kernel.name, parameter: name },
      },
    );
  }
  if (node.shape.length > 0) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel.name}'s ${name} takes one value, and step ${node.step} gives an array [${node.shape.join(", ")}]`,
      { hint: "Reduce it over all axes first, or pick one element with slice." },
    );
  }
}

/** Numbers in the place of `{ $scalar: k }`, for a kernel's checks. */
export function standIns(args: { readonly [name: string]: unknown }): { [name: string]: unknown } {
  return mapValues(args, (value) => (isReference(value) ? STAND_INS[value.$scalar]! : undefined)) as {
    [name: string]: unknown;
  };
}

/** Undoes `standIns` in resolved arguments. Throws INVALID_ARGS where a kernel computed with a stand-in. */
export function restoreScalars(args: ResolvedArgs, count: number): ResolvedArgs {
  const found = new Set<number>();
  const restored = mapValues(args, (value) => {
    const k = typeof value === "number" ? STAND_INS.indexOf(value) : -1;
    if (k < 0 || k >= count) return undefined;
    found.add(k);
    return { $scalar: k };
  }) as ResolvedArgs;
  if (found.size < count) throw new LamellaError("INTERNAL", "a kernel changed an argument that is computed");
  return restored;
}

/** Arguments with the values of their 0-d arrays; 64-bit integers beyond 2^53 go as text. */
export function fillScalars(args: ResolvedArgs, values: readonly Block[]): ResolvedArgs {
  if (values.length === 0) return args;
  return mapValues(args, (value) =>
    isReference(value) ? scalarOf(values[value.$scalar]!) : undefined,
  ) as ResolvedArgs;
}

function scalarOf({ data, dtype }: Block): number | string {
  const value = data[0]!;
  if (typeof value === "number") return dtype === "bool" ? Number(value !== 0) : value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

/** Numbers in the place of values that aren't known yet, ascending: for costs and sizes, which don't depend on them. */
export function unknownScalars(args: ResolvedArgs): ResolvedArgs {
  return mapValues(args, (value) => (isReference(value) ? value.$scalar : undefined)) as ResolvedArgs;
}

function isReference(value: unknown): value is { readonly $scalar: number } {
  return typeof value === "object" && value !== null && "$scalar" in value;
}

/** A copy in which `replace` gave other values where it gave any. */
function mapValues(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((entry) => mapValues(entry, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as { [name: string]: Json }).map(([name, entry]) => [
      name,
      mapValues(entry, replace),
    ]),
  );
}
