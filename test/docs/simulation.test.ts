import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FencedBlock, fencedBlocks } from "../../scripts/docs/markdown.ts";
import { ROOT, Workspace } from "./workspace.ts";
import { wrongOptionsIn } from "./wrong-options.ts";

const blocks = fencedBlocks(readFileSync(path.join(ROOT, "docs/simulation.md"), "utf8"));
const scripts = blocks.filter(({ language }) => language === "sh");
const [run] = scripts.filter(({ info }) => info === "") as [FencedBlock];
let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace();
});
afterAll(() => workspace.remove());

it("has options that there are", () => {
  expect(scripts.flatMap(({ text }) => wrongOptionsIn(text))).toEqual([]);
});

it("prints what its page shows, of inputs of which there is only the metadata", () => {
  const { status, stdout, stderr } = workspace.shell(run.text);
  expect(status, stderr).toBe(0);
  const shown = blocks
    .find(({ language }) => language === "text")!
    .text.trim()
    .split("\n");
  const printed = stdout.split("\n").slice(0, shown.length);
  const columns = (line: string): string[] => line.trim().split(/ {2,}/);
  expect(printed.map((line) => columns(line)[0])).toEqual(shown.map((line) => columns(line)[0]));
  // the rest follows the planner's costs of kernels, which are measured anew now and then
  for (const line of printed.slice(1)) expect(columns(line)).toHaveLength(columns(shown[1]!).length);
});
