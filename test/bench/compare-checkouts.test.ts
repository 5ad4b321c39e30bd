import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { compareCheckouts, complaint } from "../../bench/compare-checkouts.ts";

let root: string;

/** A program that computes for so many milliseconds, by the name of the work. */
const program = (took: { readonly [work: string]: number }) => `
const { user, system } = process.cpuUsage();
const most = user + system + 1000 * ${JSON.stringify(took)}[process.argv[2]];
for (let used = 0; used < most; ) { const now = process.cpuUsage(); used = now.user + now.system; }
require("node:fs").writeFileSync(process.argv[3], "done");
`;

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
    cwd: root,
    stdio: "pipe",
    encoding: "utf8",
  });

const workIn = async () => ["label", "rechunk"].map((name) => ({ name, args: [name, "{output}"] }));

/** A checkout whose build copies the program, of which both kinds of work take so long. */
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "lamella-checkout-"));
  for (const folder of ["scripts", "node_modules"]) await mkdir(path.join(root, folder));
  await writeFile(path.join(root, ".gitignore"), "node_modules\ndist\n");
  await writeFile(
    path.join(root, "scripts/build.mjs"),
    `import fs from "node:fs"; fs.mkdirSync("dist", { recursive: true }); fs.copyFileSync("program.cjs", "dist/cli.js");`,
  );
  await writeFile(path.join(root, "program.cjs"), program({ label: 30, rechunk: 400 }));
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message=A program");
});
afterEach(() => rm(root, { recursive: true, force: true }));

it("names the work that a change made slower, and only that", async () => {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  // What was quick takes ten times as long, what was slow a tenth: noise doesn't turn that round.
  await writeFile(path.join(root, "program.cjs"), program({ label: 400, rechunk: 30 }));
  const slower = await compareCheckouts({ root, revision: "main", rounds: 1, workIn });
  const table = String(print.mock.calls[0]?.[0]);
  print.mockRestore();
  expect(slower).toEqual(["label"]);
  expect(complaint(slower)).toBe("slower by more than 10 %: label");
  expect(table).toContain("| label ");
  expect(table).toContain(git("rev-parse", "main").slice(0, 10));
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
});

it("fails where the program does, and leaves no worktree", async () => {
  await writeFile(path.join(root, "program.cjs"), "console.error('broken'); process.exit(3)");
  await expect(compareCheckouts({ root, revision: "main", rounds: 1, workIn })).rejects.toThrow(/broken/);
  expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  expect(existsSync(path.join(root, "program.cjs"))).toBe(true);
});
