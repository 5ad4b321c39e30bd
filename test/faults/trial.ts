import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import type { Draw } from "../properties/draw.ts";
import { different, halfWritten, leftovers } from "./check.ts";
import type { ChildRequest } from "./child.ts";
import { DAMAGES, damage, needsVerify } from "./damage.ts";
import type { Injection } from "./inject.ts";
import type { Objects, Place } from "./place.ts";
import { type Ended, engineProcess, misbehaviour, type ProcessOptions } from "./process.ts";
import { WIRE_FAULTS } from "./proxy.ts";
import type { Scenario } from "./scenarios.ts";

/** A scenario that has run undisturbed. */
export interface Prepared {
  readonly place: Place;
  readonly scenario: Scenario;
  /** Outputs before, and after an undisturbed run. */
  readonly before: Objects;
  readonly whole: Objects;
  readonly seconds: number;
  /** Operations that change files, or requests. */
  readonly operations: number;
  readonly requests: number;
}

/** A fault that a trial has met, in words. */
export interface TrialReport {
  readonly faults: readonly string[];
  /** How it ended: the code of an error that stayed, or "". */
  readonly stayed: string;
  readonly attempts: number;
}

type Fault =
  | { readonly kind: "inject"; readonly injection: Injection }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals; readonly afterMs: number }
  | { readonly kind: "wire"; readonly fault: (typeof WIRE_FAULTS)[number]; after: number; times: number }
  | { readonly kind: "twice" };

/** Errors after which a run can't be gone on with: another takes its place, as their hints say. */
const FOR_GOOD = new Set([
  "RUN_NOT_FOUND",
  "PLAN_INVALID",
  "PLAN_VERSION",
  "CANCELLED",
  "OUTPUT_CLAIMED",
  "OUTPUT_EXISTS",
]);

export async function prepare(place: Place, scenario: Scenario): Promise<Prepared> {
  await place.restore("out", new Map());
  await place.restore("runs", new Map());
  const { earlier, earlierCommand } = scenario;
  if (earlier || earlierCommand) {
    const ended = await start(
      place,
      earlierCommand ? [...earlierCommand(place.base)] : requestOf(place, earlier!(place.base)),
    );
    if (ended.status !== 0) throw new Error(`the earlier run failed: ${JSON.stringify(ended)}`);
  }
  const before = await place.objects("out");
  await place.restore("runs", new Map());
  const report = reportFile(place);
  await rm(report, { force: true });
  const requests = place.proxy?.requests ?? 0;
  const ended = await start(place, firstCommand(place, scenario));
  if (ended.status !== 0) throw new Error(`${scenario.name} failed undisturbed: ${JSON.stringify(ended)}`);
  const whole = await place.objects("out");
  const counts = (await readFile(report, "utf8")).matchAll(/count main \d+ (\d+)/g);
  return {
    place,
    scenario,
    before,
    whole,
    seconds: ended.seconds,
    operations: Math.max(1, ...[...counts].map(([, n]) => Number(n))),
    requests: (place.proxy?.requests ?? 0) - requests,
  };
}

/** Disturbs a piece of work some times in a row, then lets it end in peace. Throws what is wrong with what came of it. */
export async function trial(prepared: Prepared, draw: Draw): Promise<TrialReport> {
  const { place, scenario, before, whole } = prepared;
  await place.restore("out", before);
  await place.restore("runs", new Map());
  await rm(reportFile(place), { force: true });
  place.proxy?.calm();
  const story: string[] = [];
  let attempts = 0;
  let stayed = "";
  let verify = false;
  const threads = draw.chance(40);
  const disturbances = draw.int(1, 3);
  const isRun = !scenario.command;

  const look = async (ended: Ended): Promise<void> => {
    attempts++;
    story.push(`-> ${ended.signal ?? ended.status} ${ended.answer?.error?.code ?? ""}`);
    const bad = misbehaviour(ended);
    if (bad) throw new Error(bad);
    const now = await place.objects("out");
    const wrong = halfWritten(now, whole, before);
    if (wrong.length > 0) throw new Error(`half-written: ${wrong.slice(0, 5).join("; ")}`);
    if (ended.status === 0) await expectWhole(prepared, story);
  };
  try {
    let ended: Ended | undefined;
    for (let i = 0; i < disturbances && (ended === undefined || ended.status !== 0); i++) {
      if (i > 0 && isRun && draw.chance(50)) {
        const kind = draw.pick(DAMAGES);
        const key = await damage(kind, place, draw);
        if (key) story.push(`${kind} (${key})`);
        if (key && needsVerify(kind)) verify = true;
      }
      const fault = drawFault(prepared, draw, threads, i === 0);
      story.push(inWords(fault));
      const command =
        i === 0
          ? firstCommand(place, scenario, { threads, twice: fault.kind === "twice" })
          : await nextCommand(prepared, verify, draw);
      ended = await start(place, command, fault);
      await look(ended);
    }
    // The damage that a run ends with is found by a resume with --verify alone.
    if (ended!.status !== 0 || story.some((word) => word.includes("flip a file"))) {
      place.proxy?.calm();
      if (ended!.status !== 0 && isRun && draw.chance(40)) {
        const kind = draw.pick(DAMAGES);
        const key = await damage(kind, place, draw);
        if (key) story.push(`${kind} (${key})`);
        if (key && needsVerify(kind)) verify = true;
      }
      if (story.some((word) => word.includes("flip a file"))) verify = true;
      ended = await start(place, await nextCommand(prepared, verify, draw));
      await look(ended);
      const code = ended.answer?.error?.code;
      if (code) {
        stayed = code;
        const flipped = story.some((word) => word.includes("flip"));
        if (!FOR_GOOD.has(code) && !(flipped && code === "CHECKSUM_MISMATCH"))
          throw new Error(`resuming in peace failed: ${JSON.stringify(ended.answer)}`);
        ended = await start(place, requestOf(place, { ...scenario.request(place.base), overwrite: true }));
        await look(ended);
        if (ended.status !== 0) throw new Error(`a new run failed: ${JSON.stringify(ended.answer)}`);
      }
    }
    const now = await place.objects("out");
    const wrong = different(now, whole);
    if (wrong.length > 0) throw new Error(`not as undisturbed: ${wrong.slice(0, 5).join(", ")}`);
  } catch (error) {
    throw new Error(
      `${scenario.name} at ${place.kind}: ${(error as Error).message}\n  ${story.join("\n  ")}\n${await readFile(reportFile(place), "utf8").catch(() => "")}`,
      { cause: error },
    );
  }
  return { faults: story.filter((word) => !word.startsWith("->")), stayed, attempts };
}

/** A run that says that it has succeeded has left the outputs whole, and nothing else. */
async function expectWhole({ place, whole }: Prepared, story: readonly string[]): Promise<void> {
  const now = await place.objects("out");
  const left = leftovers(now);
  if (left.length > 0) throw new Error(`left behind: ${left.slice(0, 5).join(", ")}`);
  const wrong = different(now, whole);
  const flipped = story.some((word) => word.includes("flip a file"));
  if (wrong.length > 0 && !flipped) throw new Error(`wrong bytes: ${wrong.slice(0, 5).join(", ")}`);
  const runs = await place.objects("runs");
  const succeeded = (key: string): boolean =>
    runs.get(key.replace(/^(runs\/runs\/[^/]+)\/.*/, "$1/state.json"))?.includes('"succeeded"') ?? false;
  const kept = [...runs.keys()].filter(
    (key) => succeeded(key) && /^runs\/runs\/[^/]+\/(?:data|state|label)\/|\.tmp$/.test(key),
  );
  if (kept.length > 0) throw new Error(`intermediates are left: ${kept.slice(0, 5).join(", ")}`);
}

function reportFile(place: Place): string {
  return path.join(place.scratch, "inject.log");
}

function requestOf(
  place: Place,
  request: Omit<ChildRequest, "base" | "workers">,
  more: Partial<ChildRequest> = {},
): string[] {
  return [JSON.stringify({ base: place.base, workers: 2, ...request, ...more })];
}

function firstCommand(place: Place, scenario: Scenario, more: Partial<ChildRequest> = {}): string[] {
  if (scenario.command) return [...scenario.command(place.base)];
  return requestOf(place, scenario.request(place.base), more);
}

/** What a user does next: go on with the run; where there is none, start again. */
async function nextCommand(prepared: Prepared, verify: boolean, draw: Draw): Promise<string[]> {
  const { place, scenario } = prepared;
  const runs = [...(await place.objects("runs")).keys()].map((key) => key.split("/")[2]!);
  const runId = runs.sort().at(-1);
  if (scenario.command || runId === undefined) return firstCommand(place, scenario);
  return [
    "resume",
    runId,
    "--runs",
    `${place.base}/runs`,
    "--workers",
    String(draw.int(1, 3)),
    ...(verify ? ["--verify"] : []),
  ];
}

async function start(place: Place, command: readonly string[], fault?: Fault): Promise<Ended> {
  if (fault?.kind === "wire") place.proxy!.order(fault.fault, fault.after, fault.times);
  const options: ProcessOptions = {
    cwd: place.scratch,
    env: place.env,
    report: reportFile(place),
    injection: fault?.kind === "inject" ? fault.injection : undefined,
    kill: fault?.kind === "signal" ? { signal: fault.signal, afterMs: fault.afterMs } : undefined,
  };
  return engineProcess(command, options);
}

function drawFault(prepared: Prepared, draw: Draw, threads: boolean, first: boolean): Fault {
  const { place, seconds, operations, requests, scenario } = prepared;
  if (draw.chance(15)) {
    const signal = draw.pick(["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"] as const);
    return { kind: "signal", signal, afterMs: draw.int(0, Math.ceil(1.2 * seconds * 1000)) };
  }
  if (first && !scenario.command && draw.chance(8)) return { kind: "twice" };
  if (place.kind === "s3") {
    const fault = draw.pick(WIRE_FAULTS);
    const times = fault === "hang" ? draw.int(1, 2) : draw.pick([1, 2, 5, 20]);
    return { kind: "wire", fault, after: draw.int(0, requests), times };
  }
  const thread = threads && draw.chance(60) ? "worker" : "main";
  const kinds = ["kill", "kill", "kill", "full", "full", "flip"] as const;
  const kind = thread === "worker" && draw.chance(40) ? "exit" : draw.pick(kinds);
  const at = draw.int(0, thread === "worker" ? Math.ceil(operations / 2) : operations);
  return { kind: "inject", injection: { at, thread, kind, when: draw.pick(["before", "half", "after"]) } };
}

function inWords(fault: Fault): string {
  switch (fault.kind) {
    case "inject": {
      const { kind, thread, at, when } = fault.injection;
      return `${kind}${kind === "flip" ? " a file" : ""} ${when} operation ${at} of a ${thread} thread`;
    }
    case "signal":
      return `${fault.signal} after ${fault.afterMs} ms`;
    case "wire":
      return `${fault.fault} ${fault.times} times after ${fault.after} requests`;
    case "twice":
      return "each batch delivered twice";
  }
}
