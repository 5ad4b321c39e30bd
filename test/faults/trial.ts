import { readFile, rm } from "node:fs/promises";
import type { Draw } from "../properties/draw.ts";
import { different, halfWritten, leftovers } from "./check.ts";
import { firstCommand, lastRunOf, logOf, reportFile, requestOf, start } from "./commands.ts";
import { DAMAGES, damage, needsVerify } from "./damage.ts";
import { drawFault, type Fault, inWords, type Measured } from "./fault.ts";
import type { Objects, Place } from "./place.ts";
import { type Ended, misbehaviour } from "./process.ts";
import type { Scenario } from "./scenarios.ts";

/** A scenario that has run undisturbed. */
export interface Prepared {
  readonly place: Place;
  readonly scenario: Scenario;
  /** Outputs before, and after an undisturbed run. */
  readonly before: Objects;
  readonly whole: Objects;
  readonly measured: Measured;
}

export interface TrialReport {
  /** The kinds of faults that were met. */
  readonly faults: readonly string[];
  /** The code of an error that stayed, so that another run took the place of this one. */
  readonly stayed: string | undefined;
}

/** Errors after which a run can't be gone on with: another takes its place, as their hints say. */
const FOR_GOOD = [
  "RUN_NOT_FOUND",
  "PLAN_INVALID",
  "PLAN_VERSION",
  "CANCELLED",
  "OUTPUT_CLAIMED",
  "OUTPUT_EXISTS",
];

export async function prepare(place: Place, scenario: Scenario): Promise<Prepared> {
  // A trial before may have ended with faults that nothing met.
  place.proxy?.calm();
  await place.restore("out", new Map());
  const { earlier, earlierCommand } = scenario;
  if (earlier || earlierCommand) {
    const command = earlierCommand?.(place.base) ?? requestOf(place, earlier!(place.base));
    expectSuccess(await start(place, command), "the earlier run");
  }
  const before = await place.objects("out");
  await place.restore("runs", new Map());
  await rm(reportFile(place), { force: true });
  const requests = place.proxy?.requests ?? 0;
  const ended = expectSuccess(await start(place, firstCommand(place, scenario)), scenario.name);
  const counts = (await readFile(reportFile(place), "utf8")).matchAll(/count main \d+ (\d+)/g);
  return {
    place,
    scenario,
    before,
    whole: await place.objects("out"),
    measured: {
      place: place.kind,
      seconds: ended.seconds,
      operations: Math.max(1, ...[...counts].map(([, n]) => Number(n))),
      requests: (place.proxy?.requests ?? 0) - requests,
    },
  };
}

function expectSuccess(ended: Ended, what: string): Ended {
  if (ended.status === 0) return ended;
  throw new Error(`${what} failed undisturbed: ${JSON.stringify(ended)}`);
}

/** Disturbs a piece of work some times in a row, then lets it end in peace. Throws what is wrong with what came of it. */
export async function trial(prepared: Prepared, draw: Draw): Promise<TrialReport> {
  const { place, scenario, before } = prepared;
  await place.restore("out", before);
  await place.restore("runs", new Map());
  await rm(reportFile(place), { force: true });
  const story = new Story(prepared);
  try {
    const stayed = await tell(story, draw);
    return { faults: story.met, stayed };
  } catch (error) {
    throw new Error(
      `${scenario.name} at ${place.kind}: ${(error as Error).message}\n  ${story.lines.join("\n  ")}\n${await logOf(place)}`,
      { cause: error },
    );
  }
}

async function tell(story: Story, draw: Draw): Promise<string | undefined> {
  const { scenario } = story.prepared;
  const threads = draw.chance(40);
  const disturbances = draw.int(1, 3);
  let ended: Ended | undefined;
  for (let i = 0; i < disturbances && ended?.status !== 0; i++) {
    if (i > 0 && draw.chance(50)) await story.damage(draw);
    const fault = drawFault(draw, story.prepared.measured, { threads, twice: i === 0 && !scenario.command });
    ended = i === 0 ? await story.begin(fault, threads) : await story.goOn(draw, fault);
  }
  // What changed after it was written only --verify can tell; what a store kept from being tidied up goes now.
  if (ended!.status === 0 && !story.flipped && !story.untidy) return undefined;
  if (ended!.status !== 0 && draw.chance(40)) await story.damage(draw);
  ended = await story.goOn(draw);
  const code = ended.answer?.error?.code;
  if (code === undefined || (code === "OUTPUT_EXISTS" && scenario.command && (await story.isWhole())))
    return undefined;
  if (!FOR_GOOD.includes(code) && !(story.flipped && code === "CHECKSUM_MISMATCH"))
    throw new Error(`resuming in peace failed: ${JSON.stringify(ended.answer)}`);
  // Nothing was begun where there is no run; else its output is there to be replaced.
  ended = await story.beginAgain(code !== "RUN_NOT_FOUND");
  if (ended.status !== 0) throw new Error(`a new run failed: ${JSON.stringify(ended.answer)}`);
  return code;
}

/** What happens in a trial, each end of a process looked at. */
class Story {
  readonly prepared: Prepared;
  readonly lines: string[] = [];
  readonly met: string[] = [];
  flipped = false;
  /** A store failed at the end of a run that succeeded. */
  untidy = false;
  #verify = false;
  /** Objects that were changed behind the engine's back. */
  readonly #damaged = new Set<string>();

  constructor(prepared: Prepared) {
    this.prepared = prepared;
  }

  async damage(draw: Draw): Promise<void> {
    const { place, scenario } = this.prepared;
    if (scenario.command) return;
    const kind = draw.pick(DAMAGES);
    const key = await damage(kind, place, draw);
    if (key === undefined) return;
    this.lines.push(`${kind}: ${key}`);
    this.met.push(kind);
    this.#damaged.add(key);
    if (needsVerify(kind)) this.#verify = true;
  }

  begin(fault: Fault, threads: boolean): Promise<Ended> {
    const { place, scenario } = this.prepared;
    return this.#attempt(firstCommand(place, scenario, { threads, twice: fault.kind === "twice" }), fault);
  }

  beginAgain(overwrite: boolean): Promise<Ended> {
    const { place, scenario } = this.prepared;
    this.flipped = false;
    for (const key of this.#damaged) if (key.startsWith("out/")) this.#damaged.delete(key);
    const request = scenario.request(place.base);
    return this.#attempt(requestOf(place, overwrite ? { ...request, overwrite } : request));
  }

  /** What a user does next: goes on with the run; where there is none, starts again. */
  async goOn(draw: Draw, fault?: Fault): Promise<Ended> {
    const { place, scenario } = this.prepared;
    const runId = await lastRunOf(place);
    if (scenario.command || runId === undefined) return this.#attempt(firstCommand(place, scenario), fault);
    const command = ["resume", runId, "--runs", `${place.base}/runs`, "--workers", String(draw.int(1, 3))];
    return this.#attempt(this.#verify || this.flipped ? [...command, "--verify"] : command, fault);
  }

  async #attempt(command: readonly string[], fault?: Fault): Promise<Ended> {
    const { place } = this.prepared;
    const words = fault && inWords(fault);
    if (words) this.lines.push(words.text);
    const log = await logOf(place);
    const hits = place.proxy?.hits ?? 0;
    place.proxy?.calm();
    const ended = await start(place, command, fault);
    const news = (await logOf(place)).slice(log.length);
    const hit =
      fault?.kind === "twice" ||
      (fault?.kind === "signal" && (ended.signal === fault.signal || ended.status === 130)) ||
      (place.proxy?.hits ?? 0) > hits ||
      news.includes("hit ");
    if (words && hit) this.met.push(words.kind);
    if (news.includes("hit flip")) this.flipped = true;
    this.lines.push(`-> ${ended.signal ?? ended.status} ${ended.answer?.error?.code ?? ""}`);
    this.untidy = ended.status === 0 && hit && fault?.kind === "wire";
    await this.#look(ended);
    return ended;
  }

  async isWhole(): Promise<boolean> {
    const now = await this.prepared.place.objects("out");
    // A temporary file of a killed process goes with the next one that writes there.
    for (const key of leftovers(now)) now.delete(key);
    return different(now, this.prepared.whole).length === 0;
  }

  /** Nothing is half-written; and a run that says that it has succeeded has left the outputs whole, and nothing else. */
  async #look(ended: Ended): Promise<void> {
    const { place, whole, before } = this.prepared;
    const bad = misbehaviour(ended);
    if (bad) throw new Error(bad);
    const now = await place.objects("out");
    if (!this.flipped) {
      const seen = new Map(
        [...now].map(([key, bytes]) => [key, this.#damaged.has(key) ? (whole.get(key) ?? bytes) : bytes]),
      );
      for (const key of this.#damaged) if (whole.has(key)) seen.set(key, whole.get(key)!);
      expectNone("half-written", halfWritten(seen, whole, before));
    }
    if (ended.status !== 0) return;
    const left = leftovers(now);
    const rest = new Map([...now].filter(([key]) => !left.includes(key)));
    if (!this.flipped) expectNone("not as undisturbed", different(rest, whole));
    if (this.untidy) return;
    expectNone("left behind", left);
    const runs = await place.objects("runs");
    const succeeded = (key: string): boolean =>
      runs.get(key.replace(/^(runs\/runs\/[^/]+)\/.*/, "$1/state.json"))?.includes('"succeeded"') ?? false;
    const kept = [...runs.keys()].filter((key) =>
      /^runs\/runs\/[^/]+\/(?:data|state|label)\/|\.tmp$/.test(key),
    );
    // Of a run whose plan was damaged nobody knows what it holds.
    const unreadable = [...this.#damaged].map((key) => /^(runs\/runs\/[^/]+\/)plan\.json$/.exec(key)?.[1]);
    const readable = (key: string): boolean => !unreadable.some((run) => run && key.startsWith(run));
    expectNone(
      "intermediates are left",
      kept.filter((key) => succeeded(key) && readable(key)),
    );
  }
}

function expectNone(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}: ${found.slice(0, 5).join(", ")}`);
}
