import { LamellaError } from "../../errors.ts";
import { hintOfNames } from "../../nearest-name.ts";
import { coarsenOp } from "./coarsen.ts";
import { diffOp } from "./diff.ts";
import { exprOp } from "./expr.ts";
import { padOp } from "./pad.ts";
import type { RegionOp } from "./region-op.ts";
import { repeatOp } from "./repeat.ts";
import { resampleOp } from "./resample.ts";
import { reshapeOp } from "./reshape.ts";
import { splineOp } from "./spline.ts";
import { takeOp } from "./take.ts";
import { tensordotOp } from "./tensordot.ts";

const REGION_OPS: readonly RegionOp[] = [
  coarsenOp,
  diffOp,
  exprOp,
  padOp,
  repeatOp,
  resampleOp,
  reshapeOp,
  splineOp,
  takeOp,
  tensordotOp,
];

const BY_NAME: ReadonlyMap<string, RegionOp> = new Map(REGION_OPS.map((op) => [op.name, op]));

/** The region operation of that name. Throws PLAN_INVALID: only a plan of another version names one that isn't there. */
export function regionOpNamed(name: string): RegionOp {
  const op = BY_NAME.get(name);
  if (op !== undefined) return op;
  throw new LamellaError("PLAN_INVALID", `the plan names an operation "${name}", which is not known`, {
    hint: hintOfNames(name, BY_NAME.keys()),
  });
}
