/**
 * Benchmarks, beside peers where there are some.
 *
 *     npm run bench -- [SUITE...] [--size small|large] [--runs N] [--workers N] [--python PROGRAM] [--peers FOLDER] [--only W2,W3] [--json] [--write]
 *
 * Ends with 1 where something doesn't hold that should: memory within its projection, outputs that agree.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { thisComputer } from "./computer.ts";
import { writeResults } from "./document.ts";
import { SUITES, type SuiteName } from "./suites.ts";

const ROOT = path.dirname(import.meta.dirname);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "large" },
    runs: { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
    python: { type: "string" },
    peers: { type: "string" },
    program: { type: "string" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
const workers = Number(values.workers);
const names = positionals.length > 0 ? positionals : Object.keys(SUITES);
if (
  (values.size !== "small" && values.size !== "large") ||
  ![runs, workers].every((n) => Number.isInteger(n) && n > 0) ||
  names.some((name) => !(name in SUITES))
) {
  console.error(
    `usage: npm run bench -- [${Object.keys(SUITES).join("|")}] [--size small|large] [--runs N] [--workers N] [--python PROGRAM] [--peers FOLDER] [--program CHECKOUT] [--only W2,W3] [--json] [--write]`,
  );
  process.exit(2);
}

const computer = thisComputer();
const results: { [suite: string]: unknown } = {};
let failed = false;
for (const name of names as SuiteName[]) {
  const suite = SUITES[name];
  const { result, failures, text } = await suite({
    size: values.size,
    runs,
    workers,
    python: values.python,
    peersRoot: values.peers ?? process.env["PEERS_ROOT"],
    program: values.program,
    only: values.only?.split(","),
    folder: path.join(ROOT, "build/bench"),
    log: (line) => console.error(line),
  });
  results[name] = result;
  if (!values.json) console.log(`\n${text}\n`);
  for (const failure of failures) console.error(`${name}: ${failure}`);
  if (failures.length > 0) failed = true;
  if (values.write && text !== "") await writeResults(ROOT, name, { computer, text });
}
if (values.json) console.log(JSON.stringify({ computer, results }));
process.exitCode = failed ? 1 : 0;
