import type { Json } from "../../shared/errors.ts";
import { LamellaError } from "../../shared/errors.ts";
import { checkFlags, type FlagRule } from "../flag-rules.ts";
import type { SimulatedPlan } from "../simulate-plan.ts";
import { collectSet, parsePositive, parseUsd } from "../values.ts";
import {
  CONVERT_FLAGS,
  type ConvertFlags,
  checkDestination,
  convertDocument,
  convertOptions,
  isTiffDestination,
} from "./convert.ts";
import { exportOptions, TIFF_FLAGS, type TiffFlags, tiffOptions } from "./export.ts";
import type { DefineCommand } from "./index.ts";

interface PlanFlags extends ConvertFlags, TiffFlags {
  readonly convert?: boolean;
  readonly set?: { readonly [name: string]: Json };
  readonly workers?: number;
  readonly memory?: number;
  readonly maxCost?: number;
  readonly prices?: string;
  readonly svg?: string;
  readonly simulate?: boolean;
  readonly sizes?: string;
  readonly concurrency?: number;
  readonly measured?: string;
  readonly runs?: string;
  readonly seed?: number;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

const RULES: readonly FlagRule[] = [
  ...[...CONVERT_FLAGS, ...TIFF_FLAGS].map((flag) => ({
    flag,
    needs: "convert",
    hint: "A pipeline says this in its outputs; add --convert to plan a conversion.",
  })),
  { flag: "svg", excludes: "json", hint: "Leave one of them out: --svg FILE or --json." },
  { flag: "set", excludes: "convert", hint: "A conversion has no params: leave --set out." },
  ...["sizes", "concurrency", "measured", "seed"].map((flag) => ({
    flag,
    needs: "simulate",
    hint: "Add --simulate to see how a run on AWS would go.",
  })),
  { flag: "runs", needs: "measured", hint: "It says where the run is that --measured names." },
  { flag: "svg", excludes: "simulate", hint: "Leave one of them out: the drawing is of the plan alone." },
  { flag: "workers", excludes: "simulate", hint: "A simulated run is on AWS: leave --workers out." },
];

/** What a plan of stages has, and the writing of one file hasn't. */
const TIFF_RULES: readonly FlagRule[] = ["svg", "max-cost", "prices", "simulate"].map((flag) => ({
  flag,
  excludes: "convert",
  hint: "An OME-TIFF is written by one process on this computer: there are no stages to draw, and no costs.",
}));

export const definePlan: DefineCommand = (program) => {
  const command = program
    .command("plan")
    .description("the plan before anything runs: stages, tasks, bytes, memory, dollars, time")
    .argument("<what...>", "a pipeline file; with --convert: SRC DST")
    .option("--convert", "plan a conversion of SRC to DST");
  tiffOptions(convertOptions(command))
    .option("--set <name=value>", "a parameter of the pipeline; may be repeated", collectSet)
    .option("--workers <n>", "worker threads; default: one a core", parsePositive)
    .option("--memory <MiB>", "memory budget of the whole run", parsePositive)
    .option("--max-cost <USD>", "refuse a plan that would cost more on AWS", parseUsd)
    .option("--prices <file>", "quotas and prices other than those of this version, YAML or JSON")
    .option("--svg <file>", "draw the stages into a file instead; - is stdout")
    .option(
      "--simulate",
      "how a run on AWS would go: time, dollars, bottleneck; also for 1 TB and 100 TB of such inputs",
    )
    .option("--sizes <list>", "simulate these sizes of the inputs instead, e.g. 1TB,100TB")
    .option(
      "--concurrency <n>",
      "simulate so many functions at once; default: the stack's 200",
      parsePositive,
    )
    .option(
      "--measured <run>",
      "simulate with the times of a run here, or of what `report --json` printed of one",
    )
    .option("--runs <dir>", "with --measured: where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--seed <n>", "simulate other accidents; default 1", parsePositive)
    .option("--json", "print the plan document")
    .option("--verbose", "the arithmetic of memory, cost and time; more on errors")
    .action(async (what: string[], flags: PlanFlags) => {
      checkFlags(flags, RULES);
      const { printPlan } = await import("../print-plan.ts");
      if (flags.convert) {
        const [src, dst, ...more] = what;
        if (src === undefined || dst === undefined || more.length > 0) {
          throw new LamellaError("INVALID_ARGUMENT", "plan --convert takes a source and a destination", {
            hint: "lamella plan --convert SRC DST",
          });
        }
        checkDestination(dst, flags);
        if (isTiffDestination(dst)) {
          checkFlags(flags, TIFF_RULES);
          const { printExportPlan } = await import("../export-here.ts");
          await printExportPlan(src, dst, exportOptions(flags), flags);
          return;
        }
        if (flags.simulate) {
          const { simulateConversion } = await import("../simulate-plan.ts");
          await printSimulated(await simulateConversion(convertDocument(src, dst, flags), flags), flags);
          return;
        }
        const { planConversion } = await import("../convert-here.ts");
        await printPlan(await planConversion(convertDocument(src, dst, flags), flags), flags);
        return;
      }
      if (what.length !== 1) {
        throw new LamellaError("INVALID_ARGUMENT", `plan takes one pipeline file, not ${what.length}`, {
          hint: "lamella plan PIPELINE, or lamella plan --convert SRC DST",
        });
      }
      if (flags.simulate) {
        const { simulatePipeline } = await import("../simulate-plan.ts");
        await printSimulated(await simulatePipeline(what[0]!, flags), flags);
        return;
      }
      const { compilePipeline } = await import("../run-pipeline.ts");
      await printPlan(await compilePipeline(what[0]!, flags), flags);
    });
};

async function printSimulated(simulated: SimulatedPlan, flags: PlanFlags): Promise<void> {
  const { printSimulation } = await import("../print-simulation.ts");
  const { loadPrices } = await import("../prices.ts");
  printSimulation(simulated, await loadPrices(flags.prices), flags);
}
