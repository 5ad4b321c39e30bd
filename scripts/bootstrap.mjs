// Runs one of the project's commands on a machine that may only have an older Node with npm: installs what is pinned in the
// lockfile when it isn't there, then runs the command on the Node 24 that the packages bring.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);
const COMMANDS = {
  demo: ["scripts/demo.ts"],
  test: ["scripts/test.ts"],
  localstack: ["localstack/main.ts"],
  bench: ["bench/run.ts"],
};

function run(file, parameters, environment = {}) {
  const result = spawnSync(file, parameters, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const installed = path.join(root, "node_modules/.package-lock.json");
const lock = path.join(root, "package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs - 1000) {
  console.error("installing packages (npm ci)");
  run(process.platform === "win32" ? "npm.cmd" : "npm", [
    "ci",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
}
const node = path.join(root, "node_modules/.bin/node");
const bin = path.join(root, "node_modules/.bin");
const environment = { PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
run(node, ["scripts/build.mjs", "--dist"], environment);
const script = COMMANDS[command];
if (!script) {
  console.error(`usage: bootstrap.mjs ${Object.keys(COMMANDS).join("|")}`);
  process.exit(2);
}
run(node, [...script, ...args], environment);
