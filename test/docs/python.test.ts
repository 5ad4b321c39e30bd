import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fencedBlocks } from "../../scripts/docs/markdown.ts";
import { findPython, pythonVenv } from "../support/python-venv.ts";
import { ROOT, Workspace } from "./workspace.ts";

const python = findPython();
const blocks = fencedBlocks(readFileSync(path.join(ROOT, "docs/python.md"), "utf8"));

/** The page from the first snippet to the last, in one folder: what Python's software makes of what Lamella writes. */
describe.skipIf(python === undefined)(
  "the page for Python users (skipped without Python 3.11 or newer)",
  () => {
    let workspace: Workspace;
    let interpreter: string;
    let printed = "";

    beforeAll(async () => {
      interpreter = await pythonVenv("docs");
      workspace = new Workspace();
      await workspace.addImage("cells.ome.tif");
    });
    afterAll(() => workspace.remove());

    it("has snippets of every kind, each with a name", () => {
      expect(new Set(blocks.map(({ language }) => language))).toEqual(
        new Set(["yaml", "sh", "python", "text"]),
      );
      for (const { language, info } of blocks)
        if (language === "yaml" || language === "python") expect(info).toMatch(/^[\w-]+\.(yaml|py)$/);
    });

    for (const { language, info, text, line } of blocks) {
      it(`${language} ${info} at line ${line}`, { timeout: 300_000 }, () => {
        if (language === "text") {
          expect(printed).toContain(text);
          return;
        }
        if (language === "sh") {
          const done = workspace.shell(text);
          expect(done, done.stderr).toMatchObject({ status: 0 });
          return;
        }
        workspace.write(info, text);
        if (language === "yaml") return;
        // no display: napari's plugin is asked what it would show
        const done = spawnSync(interpreter, [info], {
          cwd: workspace.folder,
          encoding: "utf8",
          env: { ...workspace.environment, HOME: workspace.folder, QT_QPA_PLATFORM: "offscreen" },
        });
        expect(done, done.stderr).toMatchObject({ status: 0 });
        printed = done.stdout;
      });
    }
  },
);
