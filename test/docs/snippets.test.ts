import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FencedBlock, fencedBlocks } from "../../scripts/docs/markdown.ts";
import { ROOT, Workspace } from "./workspace.ts";
import { wrongOptionsIn } from "./wrong-options.ts";

const scripts = (
  JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { scripts: { [name: string]: string } }
).scripts;

/** What a run of a snippet must print, where it says more than that it ended well. */
const PRINTS: { readonly [file: string]: RegExp } = { "objects.ts": /\n[1-9]\d* objects\n$/ };

/** Documents whose snippets are run from the first to the last in one folder, as a reader would. */
describe.each([
  "docs/quick-start.md",
  "docs/pipelines.md",
  "docs/own-kernels.md",
  "docs/from-bioformats2raw.md",
  "docs/cloud.md",
])("the snippets of %s", (document) => {
  const blocks = fencedBlocks(readFileSync(path.join(ROOT, document), "utf8"));
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = new Workspace();
    await workspace.addImage("cells.ome.tif");
    if (!blocks.some(({ text }) => text.includes(" cells.ome.zarr") && text.includes("lamella convert"))) {
      const made = workspace.shell("lamella convert cells.ome.tif cells.ome.zarr --quiet");
      expect(made, made.stderr).toMatchObject({ status: 0 });
    }
  });
  afterAll(() => workspace.remove());

  it("has snippets, of the kinds that are run here", () => {
    const kinds = new Set(blocks.map((block) => block.language));
    expect(kinds.has("sh") || kinds.has("yaml")).toBe(true);
    expect([...kinds].filter((kind) => !["sh", "yaml", "ts"].includes(kind))).toEqual([]);
  });

  for (const block of blocks) {
    const name = `${block.language} ${block.info} at line ${block.line}`;
    if (block.language === "sh" && block.info === "aws") {
      it(`${name} is right as far as its syntax goes`, () => {
        expect(spawnSync("bash", ["-n", "-c", block.text], { encoding: "utf8" })).toMatchObject({
          status: 0,
        });
        expect(wrongOptionsIn(block.text)).toEqual([]);
      });
    } else if (block.language === "sh") {
      it(`${name} runs`, () => {
        const lines = block.text.split("\n").filter((line) => !isNpm(line));
        for (const line of block.text.split("\n").filter(isNpm))
          expect(scripts).toHaveProperty(npmScript(line));
        const done = workspace.shell(lines.join("\n"));
        expect(done, done.stderr).toMatchObject({ status: 0 });
      });
    } else if (block.language === "yaml") {
      it(`${name} runs`, () => {
        expect(block.info).toMatch(/^[\w-]+\.yaml$/);
        workspace.write(block.info, block.text);
        if (isRunLater(blocks, block)) return;
        const done = workspace.shell(`lamella run ${block.info}`);
        expect(done, done.stderr).toMatchObject({ status: 0 });
      });
    } else if (block.language === "ts") {
      it(`${name} runs`, () => {
        expect(block.info).toMatch(/^[\w-]+\.ts$/);
        workspace.write(block.info, block.text);
        const done = workspace.node(block.info);
        expect(done, done.stderr).toMatchObject({ status: 0 });
        expect(done.stdout).toMatch(PRINTS[block.info] ?? /^/);
      });
    }
  }
});

function isNpm(line: string): boolean {
  return line.startsWith("npm ");
}

/** "npm run demo # ..." names the script demo, "npm test" the script test. */
function npmScript(line: string): string {
  return /^npm (?:run )?([\w:-]+)/.exec(line)?.[1] ?? line;
}

function isRunLater(blocks: readonly FencedBlock[], block: FencedBlock): boolean {
  return blocks.some((other) => other.language === "sh" && other.text.includes(`lamella run ${block.info}`));
}
