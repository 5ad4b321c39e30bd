/**
 * Whether a change costs processor time: builds what it began from, runs the same small work by both in turn, and ends with 1
 * where this checkout takes more than a tenth longer.
 *
 *     npm run bench:change -- [REVISION] [--rounds N] [--only NAME]
 *
 * REVISION: where the change began; default the merge base with main. Files that aren't committed are part of the change.
 * The best of the rounds is compared: whatever else the computer does makes runs longer, never shorter. What seems slower
 * is run as often again before it counts.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { changeWork } from "./change-work.ts";
import { measure } from "./measure.ts";
import { formatTable } from "./table.ts";

const ROOT = path.dirname(import.meta.dirname);
/** This checkout's processor time over the other's, at most. */
const MOST = 1.1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, only: { type: "string" } },
});
const rounds = Number(values.rounds);
if (positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1) {
  console.error("usage: npm run bench:change -- [REVISION] [--rounds N] [--only NAME]");
  process.exit(2);
}

const git = (...args: string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
const base = git("merge-base", "HEAD", positionals[0] ?? "main");
const folder = await mkdtemp(path.join(os.tmpdir(), "lamella-change-"));
const before = path.join(folder, "before");
let slower: string[] = [];
try {
  git("worktree", "add", "--detach", before, base);
  await symlink(path.join(ROOT, "node_modules"), path.join(before, "node_modules"));
  for (const root of [before, ROOT])
    execFileSync(process.execPath, ["scripts/build.mjs", "--dist"], { cwd: root, stdio: "ignore" });
  slower = await compare();
} finally {
  await rm(before, { recursive: true, force: true });
  git("worktree", "prune");
  await rm(folder, { recursive: true, force: true });
}
if (slower.length > 0) {
  console.error(`slower by more than ${Math.round((MOST - 1) * 100)} %: ${slower.join(", ")}`);
  process.exitCode = 1;
}

async function compare(): Promise<string[]> {
  const all = await changeWork(folder);
  const work = all.filter(({ name }) => !values.only || name.startsWith(values.only));
  const rows: string[][] = [];
  const found: string[] = [];
  for (const { name, args } of work) {
    const best = { before: Number.POSITIVE_INFINITY, now: Number.POSITIVE_INFINITY };
    const turn = async (): Promise<void> => {
      best.before = Math.min(best.before, await cpuSeconds(before, args));
      best.now = Math.min(best.now, await cpuSeconds(ROOT, args));
    };
    for (let round = 0; round < rounds; round++) await turn();
    if (best.now > MOST * best.before) for (let round = 0; round < rounds; round++) await turn();
    const ratio = best.now / best.before;
    if (ratio > MOST) found.push(name);
    rows.push([name, best.before.toFixed(2), best.now.toFixed(2), ratio.toFixed(2)]);
  }
  console.log(formatTable({ head: ["", `${base.slice(0, 10)}, CPU s`, "now, CPU s", "now / before"], rows }));
  return found;
}

async function cpuSeconds(root: string, args: readonly string[]): Promise<number> {
  const output = path.join(folder, "output");
  const own = args.map((arg) => (arg === "{output}" ? output : arg));
  const run = await measure(process.execPath, [path.join(root, "dist/cli.js"), ...own]);
  await rm(output, { recursive: true, force: true });
  if (run.status !== 0) throw new Error(`${root}: lamella ${own.join(" ")} failed:\n${run.stderr}`);
  return run.cpuSeconds;
}
