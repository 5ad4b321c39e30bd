/**
 * Whether a change costs processor time: builds what it began from, runs the same small work by both in turn, and ends with 1
 * where this checkout takes more than a tenth longer, naming that work.
 *
 *     npm run bench:change -- [REVISION] [--rounds N] [--only NAME] [--checkout FOLDER]
 *
 * REVISION: where the change began; default the merge base with main. Files that aren't committed are part of the change.
 * FOLDER: another checkout than this one.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { changeWork } from "./change-work.ts";
import { compareCheckouts, complaint } from "./compare-checkouts.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    checkout: { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1) {
  console.error("usage: npm run bench:change -- [REVISION] [--rounds N] [--only NAME] [--checkout FOLDER]");
  process.exit(2);
}

const slower = await compareCheckouts({
  root: path.resolve(values.checkout ?? path.dirname(import.meta.dirname)),
  revision: positionals[0] ?? "main",
  rounds,
  workIn: async (folder) =>
    (await changeWork(folder)).filter(({ name }) => !values.only || name.startsWith(values.only)),
});
if (slower.length > 0) {
  console.error(complaint(slower));
  process.exitCode = 1;
}
