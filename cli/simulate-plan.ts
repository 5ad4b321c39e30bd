import { readFile } from "node:fs/promises";
import { RunRecord } from "../shared/engine/report/run-record.ts";
import { isLamellaError, type Json, LamellaError } from "../shared/errors.ts";
import { buildSteps, openInputs, outputRequests } from "../shared/pipeline/build.ts";
import { parsePipeline } from "../shared/pipeline/parse.ts";
import { outputsOfRequest } from "../shared/pipeline/request.ts";
import { largestBudgetMiB } from "../shared/plan/aws-tier.ts";
import { compile } from "../shared/plan/compile.ts";
import { requireAffordable } from "../shared/plan/cost.ts";
import type { OutputRequest } from "../shared/plan/outputs.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { grownInputs, grownOutput, inputBytes } from "../shared/simulate/grown-inputs.ts";
import { type MeasuredStage, measuredStages } from "../shared/simulate/measured.ts";
import { type Simulation, simulate } from "../shared/simulate/simulate.ts";
import { parseSizes, USUAL_SIZES } from "../shared/simulate/sizes.ts";
import type { ConvertDocument } from "./commands/convert.ts";
import { findRun } from "./find-run.ts";
import { formatBytes } from "./format.ts";
import { readPipeline } from "./load-pipeline.ts";
import { loadPrices } from "./prices.ts";

export interface SimulateFlags {
  readonly set?: { readonly [name: string]: Json };
  readonly memory?: number;
  readonly maxCost?: number;
  readonly prices?: string;
  readonly sizes?: string;
  readonly concurrency?: number;
  readonly measured?: string;
  readonly runs?: string;
  readonly seed?: number;
}

/** A plan as a stack would get it, and how it would go. */
export interface SimulatedSize {
  /** Whether its inputs were made longer. */
  readonly grown: boolean;
  readonly bytes: number;
  readonly simulation?: Simulation;
  /** Why there is none: no plan could be made. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface SimulatedPlan {
  readonly plan: Plan;
  /** The plan as it is first, then with larger inputs. */
  readonly sizes: readonly SimulatedSize[];
}

/** What is planned, with its inputs as they are, or made longer until they hold so many bytes. */
interface Subject {
  readonly bytes: number;
  outputs(bytes?: number): OutputRequest[];
}

/** Simulates a pipeline on AWS, with its inputs as they are and with larger ones. */
export async function simulatePipeline(file: string, flags: SimulateFlags): Promise<SimulatedPlan> {
  const { document, base, where } = await readPipeline(file);
  const pipeline = parsePipeline(document, flags.set ?? {}, where);
  const inputs = await openInputs(pipeline, base);
  const nodes = [...inputs.values()];
  return simulateSizes(flags, {
    bytes: inputBytes(nodes),
    outputs: (bytes) => {
      const grown = bytes === undefined ? nodes : grownInputs(nodes, bytes);
      const named = new Map([...inputs.keys()].map((name, i) => [name, grown[i]!]));
      return outputRequests(pipeline, buildSteps(pipeline, named, base, where), base, where);
    },
  });
}

/** The same of a conversion. */
export async function simulateConversion(
  document: ConvertDocument,
  flags: SimulateFlags,
): Promise<SimulatedPlan> {
  const outputs = await outputsOfRequest({ convert: document });
  return simulateSizes(flags, {
    bytes: inputBytes(outputs.flatMap(({ images }) => images.map(({ node }) => node))),
    outputs: (bytes) => (bytes === undefined ? outputs : outputs.map((output) => grownOutput(output, bytes))),
  });
}

async function simulateSizes(flags: SimulateFlags, subject: Subject): Promise<SimulatedPlan> {
  const facts = await loadPrices(flags.prices);
  const wanted = wantedSizes(flags.sizes, subject.bytes);
  const measured = flags.measured === undefined ? undefined : await loadMeasured(flags.measured, flags.runs);
  const most = largestBudgetMiB(facts.lambda.tiersMB);
  // as `run --on aws` compiles: a function has one task at a time in its memory
  const budget = { workers: 1, memoryMiB: Math.min(flags.memory ?? most, most) };
  const simulated = (plan: Plan): Simulation =>
    simulate(plan, {
      facts,
      ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(measured ? { measured } : {}),
    });
  const plan = await compile(subject.outputs(), { budget });
  if (flags.maxCost !== undefined) requireAffordable(plan, flags.maxCost, facts);
  const sizes: SimulatedSize[] = [{ grown: false, bytes: subject.bytes, simulation: simulated(plan) }];
  for (const bytes of wanted) {
    try {
      const larger = await compile(subject.outputs(bytes), { budget });
      sizes.push({ grown: true, bytes, simulation: simulated(larger) });
    } catch (error) {
      // such as labels of a picture that no function could hold: the other sizes are worth knowing
      if (!isLamellaError(error)) throw error;
      sizes.push({ grown: true, bytes, error: { code: error.code, message: error.message } });
    }
  }
  return { plan, sizes };
}

/** Sizes to simulate besides the inputs' own: the usual ones as far as they are larger. Throws INVALID_ARGUMENT for a smaller one that is asked for. */
function wantedSizes(text: string | undefined, own: number): readonly number[] {
  if (text === undefined) return USUAL_SIZES.filter((bytes) => bytes > own);
  const sizes = parseSizes(text);
  const small = sizes.find((bytes) => bytes < own);
  if (small === undefined) return sizes.filter((bytes) => bytes > own);
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `--sizes: the inputs hold ${formatBytes(own)}, more than ${formatBytes(small)}`,
    { hint: "Inputs are only made larger; name larger sizes, or a pipeline with smaller inputs." },
  );
}

/** What a run here took, by its id or by the file that `lamella report RUN --json` printed. */
async function loadMeasured(
  from: string,
  runs: string | undefined,
): Promise<ReadonlyMap<string, MeasuredStage>> {
  const text = await readFile(from, "utf8").catch(() => undefined);
  if (text !== undefined) {
    const { stages, engine } = reportOf(text, from);
    if (engine !== "local") throw notHere(from, engine);
    return measuredStages(stages, from);
  }
  const { folder } = await findRun(from, { on: "local", ...(runs === undefined ? {} : { runs }) });
  const record = new RunRecord(folder, await folder.plan());
  await record.look();
  const { stages } = await record.measures(() => "");
  return measuredStages(stages, `run ${from}`);
}

function reportOf(
  text: string,
  file: string,
): { stages: Parameters<typeof measuredStages>[0]; engine: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const { stages, run } = (document ?? {}) as { stages?: unknown; run?: { engine?: unknown } };
  const isStage = (stage: unknown): boolean =>
    typeof (stage as { name?: unknown } | null)?.name === "string" &&
    typeof (stage as { busySeconds?: unknown }).busySeconds === "number" &&
    typeof (stage as { plannedTaken?: unknown }).plannedTaken === "number";
  if (!Array.isArray(stages) || !stages.every(isStage) || typeof run?.engine !== "string") {
    throw new LamellaError("INVALID_ARGUMENT", `--measured ${file}: it is not the report of a run`, {
      hint: "Name a run by its id, or a file that `lamella report RUN --json` printed.",
    });
  }
  return { stages: stages as Parameters<typeof measuredStages>[0], engine: run.engine };
}

function notHere(what: string, engine: string): LamellaError {
  return new LamellaError(
    "INVALID_ARGUMENT",
    `${what} ran on ${engine}: its times have the network in them`,
    {
      hint: "--measured takes a run on this computer, whose tasks compute and hardly wait.",
    },
  );
}
