import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Work } from "./change-work.ts";
import { judge, MOST, type Verdict } from "./judge.ts";
import { measure } from "./measure.ts";
import { formatTable } from "./table.ts";

export interface CompareOptions {
  /** The changed checkout; files that aren't committed are part of the change. */
  readonly root: string;
  /** Where the change began is what HEAD has in common with this. */
  readonly revision: string;
  readonly rounds: number;
  /** Makes the inputs of the work below a folder. */
  readonly workIn: (folder: string) => Promise<readonly Work[]>;
}

/**
 * Builds a checkout and what it began from, and runs the same work by both. Prints a table, and gives the names of what takes more
 * than a tenth more processor time. Throws where either fails.
 */
export async function compareCheckouts({
  root,
  revision,
  rounds,
  workIn,
}: CompareOptions): Promise<string[]> {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const base = git("merge-base", "HEAD", revision);
  const folder = await mkdtemp(path.join(os.tmpdir(), "lamella-change-"));
  const before = path.join(folder, "before");
  try {
    git("worktree", "add", "--detach", before, base);
    await symlink(path.join(root, "node_modules"), path.join(before, "node_modules"));
    for (const checkout of [before, root])
      execFileSync(process.execPath, ["scripts/build.mjs", "--dist"], { cwd: checkout, stdio: "ignore" });
    const verdicts = new Map<string, Verdict>();
    for (const { name, args } of await workIn(folder)) {
      const seconds = (checkout: string) => cpuSeconds(checkout, args, path.join(folder, "output"));
      const turn = async () => ({ before: await seconds(before), now: await seconds(root) });
      verdicts.set(name, await judge(turn, rounds));
    }
    console.log(formatVerdicts(verdicts, base));
    return [...verdicts].filter(([, { slower }]) => slower).map(([name]) => name);
  } finally {
    await rm(before, { recursive: true, force: true });
    git("worktree", "prune");
    await rm(folder, { recursive: true, force: true });
  }
}

function formatVerdicts(verdicts: ReadonlyMap<string, Verdict>, base: string): string {
  return formatTable({
    head: ["", `${base.slice(0, 10)}, CPU s`, "now, CPU s", "now / before", "rounds"],
    rows: [...verdicts].map(([name, { before, now, ratio, rounds }]) => [
      name,
      before.toFixed(2),
      now.toFixed(2),
      ratio.toFixed(2),
      String(rounds),
    ]),
  });
}

/** What is said of work that got slower. */
export function complaint(slower: readonly string[]): string {
  return `slower by more than ${Math.round((MOST - 1) * 100)} %: ${slower.join(", ")}`;
}

async function cpuSeconds(checkout: string, args: readonly string[], output: string): Promise<number> {
  const own = args.map((arg) => (arg === "{output}" ? output : arg));
  const run = await measure(process.execPath, [path.join(checkout, "dist/cli.js"), ...own]);
  await rm(output, { recursive: true, force: true });
  if (run.status !== 0) throw new Error(`${checkout}: lamella ${own.join(" ")} failed:\n${run.stderr}`);
  return run.cpuSeconds;
}
