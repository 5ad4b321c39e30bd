import { rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { Draw } from "../properties/draw.ts";
import { different, leftovers } from "./check.ts";
import { firstCommand, lastRunOf, logOf, reportFile, requestOf, start } from "./commands.ts";
import { drawFault, type Fault, inWords, type Measured } from "./fault.ts";
import type { Objects } from "./place.ts";
import { type Ended, misbehaviour } from "./process.ts";
import type { Prepared } from "./trial.ts";

/** What no command of these names: an output of somebody else, a file beside it, another run. */
const BYSTANDERS: Objects = new Map([
  ["out/theirs.zarr/zarr.json", Buffer.from("{}")],
  ["out/theirs.zarr/c/0", Buffer.from("a chunk")],
  ["out/notes.txt", Buffer.from("mine")],
  ["runs/runs/0000-another-run/state.json", Buffer.from("{}")],
  ["runs/runs/0000-another-run/receipts/0/00000000.json", Buffer.from("{}")],
]);
/** How long a run may take to get as far as a claim before it is disturbed, ms. */
const MOST_WAIT = 60_000;

type Size = Omit<Measured, "place">;

/** How a run was ended, and what was met on the way. */
export interface EndingReport {
  readonly how: "clean" | "cancel";
  readonly faults: readonly string[];
}

/**
 * Ends a run by `clean` or `cancel`, killed and disturbed some times in a row, then in peace. Throws what is wrong with what is left:
 * something that wasn't named is gone, or something of the run stays.
 */
export async function endingTrial(prepared: Prepared, draw: Draw): Promise<EndingReport> {
  const { place, scenario, before } = prepared;
  await place.restore("out", before);
  await place.restore("runs", new Map());
  await rm(reportFile(place), { force: true });
  for (const [key, bytes] of BYSTANDERS) await place.put(key, bytes);
  const ending = new Ending(prepared, draw);
  const how = draw.pick(["clean", "clean", "cancel"] as const);
  try {
    if (how === "clean") await ending.clean();
    else await ending.cancel();
    return { how, faults: ending.met };
  } catch (error) {
    throw new Error(
      `${how} of ${scenario.name} at ${place.kind}: ${(error as Error).message}\n  ${ending.lines.join("\n  ")}\n${await logOf(place)}`,
      { cause: error },
    );
  } finally {
    place.proxy?.calm();
  }
}

class Ending {
  readonly #prepared: Prepared;
  readonly #draw: Draw;
  readonly lines: string[] = [];
  readonly met: string[] = [];

  constructor(prepared: Prepared, draw: Draw) {
    this.#prepared = prepared;
    this.#draw = draw;
  }

  /** A run that was killed, or has ended, is cleaned; then the work is done anew. */
  async clean(): Promise<void> {
    const { place, scenario, whole } = this.#prepared;
    const began = await this.#attempt(firstCommand(place, scenario), this.#kill(this.#prepared.measured));
    const runId = await this.#runId();
    if (runId === undefined) return;
    const command = ["clean", runId, "--runs", `${place.base}/runs`];
    let ended = await this.#insist(command, CLEANING);
    // One that was killed after its last act has nothing left to do.
    const { code } = ended.answer?.error ?? {};
    if (ended.status !== 0 && code !== "RUN_NOT_FOUND") throw new Error(`cleaning in peace: ${code}`);
    const ofRun = [...(await place.objects("runs")).keys()].filter((key) => key.includes(runId));
    if (ofRun.length > 0) throw new Error(`the run is still there: ${ofRun.slice(0, 5).join(", ")}`);
    await this.#expectOutputs(began.status === 0);
    ended = await this.#attempt(requestOf(place, { ...scenario.request(place.base), overwrite: true }));
    if (ended.status !== 0) throw new Error(`a new run: ${JSON.stringify(ended.answer)}`);
    this.#expectNone("not as undisturbed", different(await this.#outputs(), whole));
  }

  /** A run that is at work is cancelled; then it is gone on with. */
  async cancel(): Promise<void> {
    const { place, scenario, measured, whole } = this.#prepared;
    let over = false;
    const running = start(place, firstCommand(place, scenario)).finally(() => {
      over = true;
    });
    let runId = await this.#runId();
    for (let waited = 0; runId === undefined && !over && waited < MOST_WAIT; waited += 20) {
      await setTimeout(20);
      runId = await this.#runId();
    }
    if (runId === undefined) throw new Error("the run didn't begin");
    await setTimeout(this.#draw.int(0, 1000 * measured.seconds));
    const command = ["cancel", runId, "--runs", `${place.base}/runs`];
    let ended = await this.#insist(command, CANCELLING, true);
    const { code } = ended.answer?.error ?? {};
    if (ended.status !== 0 && code !== "RUN_ENDED") throw new Error(`cancelling in peace: ${code}`);
    const left = await this.#outputs();
    const run = await running;
    this.lines.push(`the run -> ${run.signal ?? run.status} ${run.answer?.error?.code ?? ""}`);
    const bad = misbehaviour(run);
    if (bad) throw new Error(bad);
    if (run.status !== 0 && run.answer?.error?.code !== "CANCELLED")
      throw new Error("the run ended otherwise");
    if (run.status !== 0)
      this.#expectNone("written after it was cancelled", different(await this.#outputs(), left));
    ended = await this.#attempt(["resume", runId, "--runs", `${place.base}/runs`]);
    if (ended.status !== 0) throw new Error(`going on: ${JSON.stringify(ended.answer)}`);
    this.#expectNone("not as undisturbed", different(await this.#outputs(), whole));
    this.#expectNone("left behind", leftovers(await place.objects("out")));
  }

  /** Each output is what an undisturbed run leaves, where this one had succeeded; else what was there before, or nothing. */
  async #expectOutputs(succeeded: boolean): Promise<void> {
    const { before, whole } = this.#prepared;
    const now = await this.#outputs();
    if (succeeded) return this.#expectNone("a finished output has changed", different(now, whole));
    const names = new Set(
      [...now.keys(), ...before.keys(), ...whole.keys()].map((key) => key.split("/")[1]!),
    );
    for (const name of names) {
      const [ours, earlier, finished] = [now, before, whole].map(
        (all) => new Map([...all].filter(([key]) => key.startsWith(`out/${name}`))),
      );
      const ways = [different(ours!, earlier!), different(ours!, finished!), [...ours!.keys()]];
      if (ways.every((keys) => keys.length > 0))
        throw new Error(`out/${name} is neither as before, nor whole, nor gone: ${ways[2]!.slice(0, 5)}`);
    }
  }

  /** Repeats a command that is disturbed some times, then in peace. */
  async #insist(command: readonly string[], size: Size, besideRun = false): Promise<Ended> {
    for (let i = this.#draw.int(1, 3); i > 0; i--) {
      const ended = await this.#attempt(command, this.#kill(size, besideRun));
      if (ended.status === 0) return ended;
    }
    return this.#attempt(command);
  }

  async #attempt(command: readonly string[], fault?: Fault): Promise<Ended> {
    const { place } = this.#prepared;
    const words = fault && inWords(fault);
    this.lines.push(`${command[0]!.startsWith("{") ? "run" : command[0]}${words ? `, ${words.text}` : ""}`);
    const log = await logOf(place);
    const hits = place.proxy?.hits ?? 0;
    place.proxy?.calm();
    const ended = await start(place, command, fault);
    const hit =
      ended.signal !== null ||
      (place.proxy?.hits ?? 0) > hits ||
      (await logOf(place)).slice(log.length).includes("hit ");
    if (words && hit) this.met.push(words.kind);
    this.lines.push(`-> ${ended.signal ?? ended.status} ${ended.answer?.error?.code ?? ""}`);
    const bad = misbehaviour(ended);
    if (bad) throw new Error(bad);
    const there = new Map([...(await place.objects("out")), ...(await place.objects("runs"))]);
    const lost = [...BYSTANDERS].filter(([key, bytes]) => !there.get(key)?.equals(bytes));
    this.#expectNone(
      "what nobody named is gone",
      lost.map(([key]) => key),
    );
    return ended;
  }

  /** Kills, and what goes wrong on the way to S3, unless a run is at work beside; no damage, which only reading again shows. */
  #kill(size: Size, besideRun = false): Fault {
    const { kind } = this.#prepared.place;
    for (;;) {
      const fault = drawFault(this.#draw, { ...size, place: kind }, { threads: false, twice: false });
      if (fault.kind === "inject" ? fault.injection.kind !== "flip" : !(besideRun && fault.kind === "wire"))
        return fault;
    }
  }

  async #runId(): Promise<string | undefined> {
    const runId = await lastRunOf(this.#prepared.place);
    return runId === "0000-another-run" ? undefined : runId;
  }

  /** Outputs but for what is no run's; temporary files go with the next that writes there. */
  async #outputs(): Promise<Objects> {
    const all = await this.#prepared.place.objects("out");
    const left = new Set(leftovers(all));
    return new Map([...all].filter(([key]) => !BYSTANDERS.has(key) && !left.has(key)));
  }

  #expectNone(what: string, found: readonly string[]): void {
    if (found.length > 0) throw new Error(`${what}: ${found.slice(0, 5).join(", ")}`);
  }
}

/** About as much as these commands do, so that faults hit. */
const CLEANING = { operations: 80, requests: 120, seconds: 0.8 };
const CANCELLING = { operations: 4, requests: 20, seconds: 0.8 };
