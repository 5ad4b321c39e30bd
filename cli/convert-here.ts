import { outputsOfRequest } from "../shared/pipeline/request.ts";
import { compile } from "../shared/plan/compile.ts";
import { requireAffordable } from "../shared/plan/cost.ts";
import type { Plan } from "../shared/plan/schema.ts";
import type { ConvertDocument } from "./commands/convert.ts";
import { loadPrices } from "./prices.ts";
import { printReport, type RunFlags, runPlanHere } from "./run-plan.ts";

export interface BudgetFlags {
  readonly memory?: number;
  readonly workers?: number;
  readonly overwrite?: boolean;
}

/** The plan of a conversion on this computer; refuses what would cost more than --max-cost. */
export async function planConversion(
  document: ConvertDocument,
  flags: BudgetFlags & { maxCost?: number; prices?: string },
): Promise<Plan> {
  const plan = await compile(await outputsOfRequest({ convert: document }), compileFlags(flags));
  if (flags.maxCost !== undefined) requireAffordable(plan, flags.maxCost, await loadPrices(flags.prices));
  return plan;
}

/** What was done to an image, in the words of its provenance. */
export type Operation = Plan["operations"][number];

/** Converts here. `origin` is what was done before, to make the source. */
export async function convertHere(
  document: ConvertDocument,
  flags: BudgetFlags & RunFlags,
  origin?: Operation,
): Promise<void> {
  const plan = await planConversion(document, flags);
  printReport(await runPlanHere(withOrigin(plan, origin), flags), flags);
}

/** A plan whose provenance begins with what was done before. */
export function withOrigin(plan: Plan, origin: Operation | undefined): Plan {
  return origin === undefined ? plan : { ...plan, operations: [origin, ...plan.operations] };
}

export function compileFlags(flags: BudgetFlags): NonNullable<Parameters<typeof compile>[1]> {
  return {
    overwrite: flags.overwrite ?? false,
    budget: {
      ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
      ...(flags.workers === undefined ? {} : { workers: flags.workers }),
    },
  };
}
