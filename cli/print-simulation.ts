import type { AwsFacts } from "../shared/plan/aws-facts.ts";
import { estimateCost } from "../shared/plan/cost.ts";
import type { Simulation } from "../shared/simulate/simulate.ts";
import type { SimulatedStage } from "../shared/simulate/simulate-stage.ts";
import { formatBytes, formatCount, formatSeconds, formatUsd, table } from "./format.ts";
import { paint } from "./paint.ts";
import type { SimulatedPlan, SimulatedSize } from "./simulate-plan.ts";

export interface SimulationFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** The simulation on stdout: a line for each size, each one's stages, and with --verbose where their time goes; or the document. */
export function printSimulation(
  { plan, sizes }: SimulatedPlan,
  facts: AwsFacts,
  flags: SimulationFlags,
): void {
  if (flags.json) {
    const document = { ...plan, cost: estimateCost(plan, facts), simulation: { sizes } };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  for (const warning of plan.warnings)
    process.stderr.write(`${paint("yellow", `warning[${warning.code}]`)}: ${warning.message}\n`);
  const head = ["input", "tasks", "batches", "time", "USD", "bottleneck"];
  process.stdout.write(`${table([head, ...sizes.map(sizeRow)], [0, 1, 2, 3, 4])}\n`);
  for (const size of sizes) {
    const { simulation } = size;
    if (!simulation) continue;
    process.stdout.write(`\n${shownSize(size)}\n${stageTable(simulation)}\n`);
    const { lambda, stepFunctions, s3 } = simulation.usd;
    process.stdout.write(
      `  ${formatUsd(simulation.usd.total)}: Lambda ${formatUsd(lambda)}, Step Functions ${formatUsd(stepFunctions)}, S3 requests ${formatUsd(s3)}; by the plan's arithmetic ${formatUsd(simulation.estimatedUsd)}, at least ${formatSeconds(simulation.leastSeconds)}\n`,
    );
    const events = eventsOf(simulation);
    if (events.length > 0) process.stdout.write(`  ${events.join(", ")}\n`);
    if (flags.verbose) process.stdout.write(`${timeOf(simulation).join("\n")}\n`);
  }
  const [first] = sizes;
  if (first?.simulation) process.stdout.write(`\n${footOf(first.simulation)}\n`);
}

function sizeRow(size: SimulatedSize): string[] {
  const { simulation, error } = size;
  if (!simulation) return [shownSize(size), "", "", "", "", `no plan: ${error?.message ?? ""}`];
  return [
    shownSize(size),
    formatCount(simulation.tasks),
    formatCount(simulation.batches),
    formatSeconds(simulation.seconds),
    formatUsd(simulation.usd.total),
    simulation.failed
      ? `fails: ${simulation.failed.stage} ${simulation.failed.why}`
      : `${shownBottleneck(simulation)}, ${percent(simulation.bottleneck.seconds, simulation.seconds)} of the time`,
  ];
}

/** As it is, or what it would be with more of the same. */
function shownSize({ bytes, grown }: SimulatedSize): string {
  return grown ? formatBytes(bytes) : `${formatBytes(bytes)} (as it is)`;
}

function shownBottleneck({ bottleneck, stages, concurrency }: Simulation): string {
  const stage = stages.find(({ name }) => name === bottleneck.stage);
  if (bottleneck.what !== "functions at once" || !stage) return bottleneck.what;
  const held = stage.allowedFunctions < Math.min(concurrency, stage.batches) ? " for S3's rates" : "";
  return `${formatCount(stage.allowedFunctions)} functions at once${held}, ${busyWith(stage)}`;
}

/** What tasks spend most of their time on. */
function busyWith({ taskSeconds }: SimulatedStage): string {
  const { compute, waiting, network } = taskSeconds;
  if (compute >= waiting && compute >= network) return "computing";
  return network >= waiting ? "moving bytes" : "waiting for S3";
}

function stageTable({ stages }: Simulation): string {
  const head = [
    "  stage",
    "tasks",
    "batches",
    "children",
    "MB",
    "threads",
    "time",
    "functions",
    "USD",
    "mostly",
  ];
  const rows = stages.map((stage) => [
    `  ${stage.name}`,
    formatCount(stage.tasks),
    formatCount(stage.batches),
    stage.childType === "EXPRESS" ? "Express" : "Standard",
    String(stage.tierMB),
    String(stage.threads),
    formatSeconds(stage.seconds),
    formatCount(Math.round(stage.meanFunctions)),
    formatUsd(stage.usd.total),
    `${stage.spent[0]?.[0] ?? ""}, ${busyWith(stage)}${stage.source === "measured" ? ", as measured" : ""}`,
  ]);
  return table([head, ...rows], [1, 2, 4, 5, 6, 7, 8]);
}

function eventsOf({ stages, environments }: Simulation): string[] {
  const sum = (of: (stage: SimulatedStage) => number): number =>
    stages.reduce((n, stage) => n + of(stage), 0);
  const events: (readonly [number, string])[] = [
    [environments, "environment"],
    [sum((s) => s.throttles), "throttled invocation"],
    [sum((s) => s.refused), "request refused by S3 and made again"],
    [sum((s) => s.faults), "fault of the service"],
    [sum((s) => s.escalations), "escalation"],
    [sum((s) => s.handBacks), "hand-back"],
    [sum((s) => s.turns - 1), "further turn"],
  ];
  return events.flatMap(([n, what]) =>
    n > 0
      ? [`${formatCount(n)} ${n === 1 ? what : what.replace(/^([\w-]+(?: invocation| turn)?)/, "$1s")}`]
      : [],
  );
}

function timeOf({ stages }: Simulation): string[] {
  return stages.flatMap(({ name, spent, taskSeconds, gbSeconds }) => {
    const { compute, waiting, network } = taskSeconds;
    return [
      `  ${name}: ${spent.map(([share, seconds]) => `${share} ${formatSeconds(seconds)}`).join(", ")}`,
      `    a task: computing ${formatSeconds(compute)}, waiting for S3 ${formatSeconds(waiting)}, bytes ${formatSeconds(network)}; ${formatCount(Math.round(gbSeconds))} GB-s`,
    ];
  });
}

function footOf({ concurrency, seed, factsCollected }: Simulation): string {
  return `simulated with at most ${formatCount(concurrency)} functions at once, seed ${seed}, quotas and prices of ${factsCollected}; never met on AWS itself`;
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / Math.max(1e-9, whole))} %`;
}
