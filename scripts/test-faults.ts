/**
 * Disturbs runs by random faults: 200 trials on the embedded engine, 20 on LocalStack.
 *
 *     npm run test:faults [-- embedded|localstack]
 *
 * LAMELLA_FAULTS and LAMELLA_FAULTS_LOCALSTACK say other numbers, LAMELLA_FAULTS_SEED the first seed, which is printed.
 */
import { spawnSync } from "node:child_process";

const FILES: { readonly [name: string]: string } = {
  embedded: "test/faults/embedded.test.ts",
  localstack: "test/faults/localstack.test.ts",
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FILES);
if (names.some((name) => !(name in FILES))) {
  console.error(`usage: npm run test:faults [-- ${Object.keys(FILES).join("|")}]`);
  process.exit(2);
}
for (const name of names) {
  const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", FILES[name]!], {
    stdio: "inherit",
    env: { LAMELLA_FAULTS: "200", LAMELLA_FAULTS_LOCALSTACK: "20", ...process.env },
  });
  if (status !== 0) process.exitCode = 1;
}
