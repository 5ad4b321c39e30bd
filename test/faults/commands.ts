import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ChildRequest } from "./child.ts";
import type { Fault } from "./fault.ts";
import type { Place } from "./place.ts";
import { type Ended, engineProcess } from "./process.ts";
import type { Scenario } from "./scenarios.ts";

/** Where an injection says what it did. */
export function reportFile(place: Place): string {
  return path.join(place.scratch, "inject.log");
}

export function logOf(place: Place): Promise<string> {
  return readFile(reportFile(place), "utf8").catch(() => "");
}

export function requestOf(
  place: Place,
  request: Omit<ChildRequest, "base" | "workers">,
  more: Partial<ChildRequest> = {},
): string[] {
  return [JSON.stringify({ base: place.base, workers: 2, ...request, ...more })];
}

/** What begins a scenario. */
export function firstCommand(
  place: Place,
  scenario: Scenario,
  more: Partial<ChildRequest> = {},
): readonly string[] {
  return scenario.command?.(place.base) ?? requestOf(place, scenario.request(place.base), more);
}

/** The last run that was begun at a place. */
export async function lastRunOf(place: Place): Promise<string | undefined> {
  const runs = [...(await place.objects("runs")).keys()].map((key) => key.split("/")[2]!);
  return runs.sort().at(-1);
}

/** Carries a command out at a place, disturbed by a fault. */
export function start(place: Place, command: readonly string[], fault?: Fault): Promise<Ended> {
  if (fault?.kind === "wire") place.proxy!.order(fault.fault, fault.after, fault.times);
  return engineProcess(command, {
    cwd: place.scratch,
    env: place.env,
    report: reportFile(place),
    injection: fault?.kind === "inject" ? fault.injection : undefined,
    kill: fault?.kind === "signal" ? fault : undefined,
  });
}
