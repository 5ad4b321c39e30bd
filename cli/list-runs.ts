import { isAlive } from "../shared/engine/local/run-process.ts";
import { RunFolder, type RunState } from "../shared/engine/run-folder.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import { openStore } from "../shared/storage/uri.ts";
import { controlStore } from "./control-store.ts";
import { deployedStack } from "./find-run.ts";
import { checkFlags } from "./flag-rules.ts";
import { table } from "./format.ts";
import type { RunPlace } from "./run-choice.ts";

/** States that are read at once. */
const READ_AT_ONCE = 16;
/** A stack keeps the runs of a month: each costs a request. */
const MOST_ON_AWS = 100;

export interface RunList {
  readonly place: string;
  readonly states: readonly RunState[];
  /** Older ones that were left out. */
  readonly more: number;
}

/** The states of the newest runs, newest first. */
export async function listRuns(flags: RunPlace & { readonly limit?: number }): Promise<RunList> {
  const hint = "Runs are listed of a folder here, or of a deployed stack.";
  checkFlags(flags, [
    { flag: "runs", excludes: "stack", hint },
    { flag: "runs", excludes: "on aws", hint },
    { flag: "stack", excludes: "on local", hint },
  ]);
  const onAws = flags.on === "aws" || flags.stack !== undefined;
  const control = onAws
    ? await openStore(`s3://${(await deployedStack(flags.stack)).controlBucket}`)
    : await controlStore(flags.runs);
  const all = (await control.listDirectory("runs/"))
    .filter((name) => name.endsWith("/"))
    .map((name) => name.slice(0, -1))
    .sort()
    .reverse();
  const ids = all.slice(0, flags.limit ?? (onAws ? MOST_ON_AWS : all.length));
  return { place: control.uri, states: await statesOf(control, ids), more: all.length - ids.length };
}

async function statesOf(control: ObjectStore, ids: readonly string[]): Promise<RunState[]> {
  const states: (RunState | undefined)[] = [];
  const rest = ids.entries();
  const lane = async (): Promise<void> => {
    for (const [i, id] of rest) {
      // what is no run, or a damaged one, isn't listed
      states[i] = await new RunFolder(control, id).state().catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, lane));
  return states.filter((state) => state !== undefined);
}

export function printRuns({ place, states, more }: RunList): void {
  if (states.length === 0) {
    process.stderr.write(`no runs in ${place}\n`);
    return;
  }
  const shown = (s: RunState) =>
    s.status === "running" && s.process && isAlive(s.process) === false ? "stopped" : s.status;
  const rows = states.map((s) => [s.runId, shown(s), s.createdAt, Object.keys(s.outputs).join(", ")]);
  process.stdout.write(`${table([["run", "status", "created", "outputs"], ...rows])}\n`);
  if (more > 0) process.stderr.write(`and ${more} older: --limit ${states.length + more} lists them too\n`);
}
