import type { Constant } from "../../block/boundary.ts";
import type { ResolvedArgs } from "../kernel.ts";
import type { RegionFacts } from "./region-op.ts";
import { RESAMPLE_MODES, type ResampleMode } from "./resample-box.ts";

export interface ResampleArgs {
  /** The coordinate along axis h of the input of element i of the result is sum(matrix[h][l] * i[l]) + offset[h]. */
  readonly matrix: readonly (readonly number[])[];
  readonly offset: readonly number[];
  /** Coordinates by the elements' areas, (i + 0.5) * factor - 0.5, instead; for matrices of factors alone. */
  readonly grid: boolean;
  readonly order: number;
  readonly mode: ResampleMode;
  readonly cval: Constant;
}

/** How the coordinates along an axis of the input come about. */
export type AxisKind =
  /** Element i of the result is element i. */
  | "same"
  /** By the result's own axis alone. */
  | "own"
  /** By several axes of the result. */
  | "mixed";

export function resampling(args: ResolvedArgs): ResampleArgs {
  return args as unknown as ResampleArgs;
}

export function kindOf(spec: ResampleArgs, axis: number, { shape, inputs }: RegionFacts): AxisKind {
  const row = spec.matrix[axis]!;
  if (row.some((factor, l) => l !== axis && factor !== 0)) return "mixed";
  const same = row[axis] === 1 && spec.offset[axis] === 0 && shape[axis]! <= inputs[0]!.shape[axis]!;
  return same ? "same" : "own";
}

/** The kernel module's code of a mode. */
export function modeCode(mode: ResampleMode): number {
  return RESAMPLE_MODES.indexOf(mode);
}
