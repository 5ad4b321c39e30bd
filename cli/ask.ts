import { createInterface } from "node:readline/promises";
import { LamellaError } from "../shared/errors.ts";

/** True where somebody sits at a terminal and can answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on stderr; anything but yes is no. Throws INVALID_ARGUMENT where nobody can be asked: `--yes` says it beforehand. */
export async function agreed(question: string): Promise<boolean> {
  if (!canAsk())
    throw new LamellaError("INVALID_ARGUMENT", "nobody can be asked here, and --yes was not given", {
      hint: "Add --yes to go on without being asked.",
    });
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} (y/N) `)).trim());
  } finally {
    reader.close();
  }
}
