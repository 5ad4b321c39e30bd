import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Runs the suites one after another, so that LocalStack doesn't compete with the rest, and sums them up. */
const SUITES: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  {
    name: "unit",
    args: ["test/localstack/**", "test/e2e/**", "test/browser/**", "test/faults/**"].flatMap((other) => [
      "--exclude",
      other,
    ]),
  },
  { name: "e2e", args: ["test/e2e"] },
  { name: "browser", args: ["test/browser"] },
  { name: "faults", args: ["test/faults/embedded.test.ts"] },
  { name: "localstack", args: ["test/localstack", "test/faults/localstack.test.ts"] },
];

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

const only = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
let failed = false;
mkdirSync("build/test-results", { recursive: true });

function run(
  name: string,
  args: readonly string[],
): { readonly ok: boolean; readonly files: readonly FileResult[] } {
  const output = `build/test-results/${name}.json`;
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${output}`,
      ...args,
    ],
    { stdio: "inherit" },
  );
  const { testResults } = JSON.parse(readFileSync(output, "utf8")) as { testResults: FileResult[] };
  return { ok: status === 0, files: testResults };
}

function count(files: readonly FileResult[]): void {
  for (const { status } of files.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === "passed") total.passed++;
    else if (status === "failed") total.failed++;
    else total.skipped++;
  }
}

/**
 * Test files whose process died before any of its tests had failed. Node 24 aborts now and then while threads compile and drop
 * WebAssembly ("Check failed: jit_page.has_value()", nodejs/node#64500).
 */
function died(files: readonly FileResult[]): FileResult[] {
  return files.filter(
    ({ status, message, assertionResults }) =>
      status === "failed" && message === "" && !assertionResults.some((test) => test.status === "failed"),
  );
}

for (const suite of SUITES) {
  if (only.length > 0 && !only.includes(suite.name)) continue;
  console.log(`\n== ${suite.name}`);
  const { ok, files } = run(suite.name, suite.args);
  const dead = ok ? [] : died(files);
  const others = files.filter((file) => !dead.includes(file));
  count(others);
  if (ok) continue;
  if (dead.length > 0 && others.every(({ status }) => status === "passed")) {
    const names = dead.map(({ name }) => path.relative(process.cwd(), name));
    console.log(`\n== ${suite.name}: once more what died: ${names.join(", ")}`);
    const again = run(`${suite.name}-again`, names);
    count(again.files);
    if (again.ok) continue;
  }
  failed = true;
  if (total.failed === 0) total.failed++;
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = failed ? 1 : 0;
