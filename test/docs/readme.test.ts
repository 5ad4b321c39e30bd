import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fencedBlocks } from "../../scripts/docs/markdown.ts";
import { ROOT } from "./workspace.ts";
import { wrongOptionsIn } from "./wrong-options.ts";

/** How long a command may take on a busy machine. */
const PATIENCE_MS = 600_000;
const blocks = fencedBlocks(readFileSync(path.join(ROOT, "README.md"), "utf8"));
/** What isn't under version control, and costs a compiler to make again. */
const MADE = ["shared/kernels/wasm/module.generated.ts"];

/**
 * The way of somebody who has just cloned the repository: everything that the README shows, from top to bottom, typed as it stands
 * into a copy of the files under version control. Only the packages are those that are installed here.
 */
describe("the README, from top to bottom, as typed", () => {
  let clone: string;
  let printed = "";

  beforeAll(() => {
    clone = mkdtempSync(path.join(os.tmpdir(), "lamella-clone-"));
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    for (const file of [...listed.split("\0"), ...MADE]) {
      if (file !== "" && !file.startsWith("test/") && existsSync(path.join(ROOT, file)))
        cpSync(path.join(ROOT, file), path.join(clone, file));
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(clone, "node_modules"));
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  /** Types a script, as into a terminal of somebody without settings of this repository. */
  function type(script: string): { status: number | null; stdout: string; stderr: string } {
    const ours = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|LAMELLA_|NODE_ENV$|TEST$)/.test(name),
    );
    return spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      cwd: clone,
      encoding: "utf8",
      timeout: PATIENCE_MS,
      maxBuffer: 2 ** 26,
      env: { ...Object.fromEntries(ours), HOME: clone, NO_COLOR: "1" },
    });
  }

  it("has snippets of every kind", () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["sh", "yaml", "ts", "text"]));
  });

  for (const { language, info, text, line } of blocks) {
    const name = `${language} ${info} at line ${line}`;
    if (language === "yaml" || language === "ts") {
      it(`${name} is put into its file`, () => {
        expect(info).toMatch(/^[\w-]+\.(yaml|ts)$/);
        writeFileSync(path.join(clone, info), text);
      });
    } else if (language === "text") {
      it(`${name} is what was printed`, () => {
        expect(printed).toBe(text);
      });
    } else if (info === "aws") {
      it(`${name} is right as far as its syntax goes`, () => {
        expect(spawnSync("bash", ["-n", "-c", text])).toMatchObject({ status: 0 });
        expect(wrongOptionsIn(text)).toEqual([]);
      });
    } else {
      it(`${name} runs`, { timeout: PATIENCE_MS }, () => {
        // what the last command prints is what the README shows below it
        const lines = text.trimEnd().split("\n");
        for (const typed of lines) {
          const done = type(typed);
          expect(done, `${typed}\n${done.stdout}${done.stderr}`).toMatchObject({ status: 0 });
          printed = done.stdout;
        }
      });
    }
  }

  it("leaves what it speaks of", () => {
    for (const file of ["demo/preview.png", "cells.ome.zarr/0/labels/cells", "cells.csv"])
      expect(existsSync(path.join(clone, file)), file).toBe(true);
  });
});
