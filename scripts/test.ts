import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";

/** Runs the suites one after another, so that LocalStack doesn't compete with the rest, and sums them up. */
const SUITES: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: "unit", args: ["--exclude", "test/localstack/**", "--exclude", "test/e2e/**"] },
  { name: "e2e", args: ["test/e2e"] },
  { name: "localstack", args: ["test/localstack"] },
];

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

const only = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
let failed = false;
mkdirSync("build/test-results", { recursive: true });
for (const suite of SUITES) {
  if (only.length > 0 && !only.includes(suite.name)) continue;
  const output = `build/test-results/${suite.name}.json`;
  console.log(`\n== ${suite.name}`);
  const run = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${output}`,
      ...suite.args,
    ],
    { stdio: "inherit" },
  );
  if (run.status !== 0) failed = true;
  const results = JSON.parse(readFileSync(output, "utf8")) as Results;
  total.passed += results.numPassedTests;
  total.failed += results.numFailedTests;
  total.skipped += results.numPendingTests + results.numTodoTests;
  if (run.status !== 0 && results.numFailedTests === 0) total.failed++;
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = failed ? 1 : 0;
