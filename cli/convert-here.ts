import { isLamellaError } from "../shared/errors.ts";
import { outputsOfRequest } from "../shared/pipeline/request.ts";
import { defaultBudget } from "../shared/plan/budget.ts";
import { compile } from "../shared/plan/compile.ts";
import { requireAffordable } from "../shared/plan/cost.ts";
import type { OutputRequest } from "../shared/plan/outputs.ts";
import type { Plan } from "../shared/plan/schema.ts";
import type { ConvertDocument } from "./commands/convert.ts";
import { loadPrices } from "./prices.ts";
import { printReport, type RunFlags, runPlanHere } from "./run-plan.ts";

export interface BudgetFlags {
  readonly memory?: number;
  readonly workers?: number;
  readonly overwrite?: boolean;
  /** Shown while it runs, which takes memory too. */
  readonly dashboard?: boolean;
}

/** The plan of a conversion on this computer; refuses what would cost more than --max-cost. */
export async function planConversion(
  document: ConvertDocument,
  flags: BudgetFlags & { maxCost?: number; prices?: string },
): Promise<Plan> {
  const plan = await compileModestly(await outputsOfRequest({ convert: document }), flags);
  if (flags.maxCost !== undefined) requireAffordable(plan, flags.maxCost, await loadPrices(flags.prices));
  return plan;
}

/**
 * Pixels pass through a conversion, and more memory hardly makes it faster: without a word on memory it gets what its
 * workers need, as long as that is enough for the source's chunks.
 */
async function compileModestly(outputs: OutputRequest[], flags: BudgetFlags): Promise<Plan> {
  if (flags.memory !== undefined) return compile(outputs, compileFlags(flags));
  const { workers, memoryMiB } = defaultBudget();
  const memory = MODEST_PROCESS_MIB + MODEST_WORKER_MIB * (flags.workers ?? workers);
  if (memory >= memoryMiB) return compile(outputs, compileFlags(flags));
  try {
    return await compile(outputs, compileFlags({ ...flags, memory }));
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "OVER_MEMORY") throw error;
    return compile(outputs, compileFlags(flags));
  }
}

/** Together 640 MiB for two workers: blocks of 4096 x 4096 uint16 with their levels, which take 357 MiB at most. */
const MODEST_PROCESS_MIB = 112;
const MODEST_WORKER_MIB = 264;

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
    isShown: flags.dashboard ?? false,
    budget: {
      ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
      ...(flags.workers === undefined ? {} : { workers: flags.workers }),
    },
  };
}
