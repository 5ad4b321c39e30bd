import { createHash } from "node:crypto";
import { kernelModuleDigest } from "../kernels/wasm/module.ts";
import type { PlanBuilder } from "./builder.ts";
import { PLAN_VERSION } from "./schema.ts";

/** What makes two plans the same work: operations and how they hang together, stored arrays, kernels, inputs. Not engine, memory, workers or tasks. */
export function hashOf(
  operations: readonly unknown[],
  graph: unknown,
  builder: PlanBuilder,
  outputs: unknown,
): string {
  // Which steps are stored on the way depends on memory and workers too.
  const arrays = Object.entries(builder.arrays)
    .filter(([, array]) => array.role !== "intermediate")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // How many stages there are depends on memory and workers, and so does a stage's number.
  const withoutStages = (key: string, value: unknown) => (key === "statisticsStage" ? undefined : value);
  const own = Object.keys(builder.kernels).sort();
  const work = {
    version: PLAN_VERSION,
    kernels: kernelModuleDigest(),
    ...(own.length > 0 ? { own } : {}),
    operations,
    graph,
    arrays,
    outputs,
  };
  const text = JSON.stringify(work, withoutStages);
  return createHash("sha256").update(text).digest("hex");
}
