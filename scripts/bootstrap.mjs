// Runs one of the project's commands on a machine that may only have an older Node with npm: installs what is pinned in the
// lockfile when it isn't there, then runs the command on the Node 24 that the packages bring.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);
const COMMANDS = {
  demo: ["scripts/demo.ts"],
  test: ["scripts/test.ts"],
  "test:faults": ["scripts/test-faults.ts"],
  localstack: ["localstack/main.ts"],
  bench: ["bench/run.ts"],
  "bench:change": ["bench/change.ts"],
  docs: ["scripts/build-docs.ts"],
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

/** True where node_modules is what the lockfile says: by the lockfile's digest of the last install here, or by age. */
function isInstalled() {
  const modules = path.join(root, "node_modules");
  const listed = path.join(modules, ".package-lock.json");
  if (!existsSync(listed)) return false;
  if (isLinked) return true;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return true;
  return statSync(listed).mtimeMs >= statSync(lock).mtimeMs - 1000;
}

const lock = path.join(root, "package-lock.json");
const digest = createHash("sha256").update(readFileSync(lock)).digest("hex");
const stamp = path.join(root, "node_modules/.lamella-lockfile");
// A linked folder belongs to another checkout, which looks after it.
const isLinked =
  lstatSync(path.join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
if (!isInstalled()) {
  console.error("installing packages (npm ci)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
if (!isLinked) writeFileSync(stamp, digest);
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
