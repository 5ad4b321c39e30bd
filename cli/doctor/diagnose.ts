import { LAMELLA_VERSION } from "../../shared/version.ts";
import { table } from "../format.ts";
import { paint } from "../paint.ts";
import { lookAtAccount } from "./account.ts";
import type { Check } from "./check.ts";
import { lookAtComputer } from "./computer.ts";

export interface DoctorFlags {
  readonly stack: string;
  readonly runs: string;
  readonly json?: boolean;
}

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Prints what this computer and account have; true where nothing fails. */
export async function diagnose({ stack, runs, json }: DoctorFlags): Promise<boolean> {
  const checks = (await Promise.all([lookAtComputer(runs), lookAtAccount(stack)])).flat();
  const healthy = checks.every(({ state }) => state !== "fail");
  process.stdout.write(
    json ? `${JSON.stringify({ lamella: LAMELLA_VERSION, healthy, checks })}\n` : printed(checks),
  );
  return healthy;
}

function printed(checks: readonly Check[]): string {
  const lines = table(checks.map(({ state, name, found }) => [state, name, found])).split("\n");
  return lines
    .flatMap((line, i) => {
      const { state, hint } = checks[i]!;
      const shown = line.replace(state, paint(COLOURS[state], state));
      return hint === undefined ? [shown] : [shown, `      ${paint("cyan", "hint")}: ${hint}`];
    })
    .map((line) => `${line}\n`)
    .join("");
}
