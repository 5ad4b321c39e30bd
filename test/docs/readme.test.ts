import { execFileSync, spawn, spawnSync } from "node:child_process";
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
    // of these sources, or it is built anew
    const page = path.join(ROOT, "build/viewer");
    if (existsSync(page)) cpSync(page, path.join(clone, "build/viewer"), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules"), path.join(clone, "node_modules"));
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  /** The environment of somebody without settings of this repository, and without a display. */
  function environment(): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|LAMELLA_|NODE_ENV$|TEST$|DISPLAY$|WAYLAND)/.test(name),
    );
    return { ...Object.fromEntries(others), HOME: clone, NO_COLOR: "1" };
  }

  /** Types what serves a page until Ctrl-C, asks for the page, and types Ctrl-C. */
  async function visit(script: string): Promise<string> {
    // a group of its own, as a terminal's foreground has, which Ctrl-C reaches whole
    const child = spawn("bash", ["-c", script], { cwd: clone, env: environment(), detached: true });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const closed = new Promise((resolve) => child.on("close", resolve));
    let address: string | undefined;
    while (address === undefined) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      address = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(said)?.[0];
    }
    const page = await (await fetch(address)).text();
    process.kill(-child.pid!, "SIGINT");
    // all that it started has let go of the terminal
    await closed;
    await expect(fetch(address)).rejects.toThrow();
    return page;
  }

  /** Types a script. */
  function type(script: string): { status: number | null; stdout: string; stderr: string } {
    return spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      cwd: clone,
      encoding: "utf8",
      timeout: PATIENCE_MS,
      maxBuffer: 2 ** 26,
      env: environment(),
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
    } else if (info === "server") {
      it(`${name} shows a page until Ctrl-C`, { timeout: PATIENCE_MS }, async () => {
        expect(await visit(text.trim())).toContain("<title>");
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
