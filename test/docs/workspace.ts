import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A temporary folder as a reader of the documents has it: an image, `npx lamella`, and the package "lamella" to import.
 * All of it runs from the sources, so that no bundle has to be built first.
 */
export class Workspace {
  readonly folder: string;
  readonly #bin: string;

  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), "lamella-docs-"));
    this.#bin = path.join(this.folder, "node_modules/.bin");
    mkdirSync(this.#bin, { recursive: true });
    this.#linkPackage();
    const main = path.join(ROOT, "cli/main.ts");
    this.#command("lamella", `exec "${process.execPath}" "${main}" "$@"`);
    this.#command("npx", 'test "$1" = lamella || exit 64\nshift\nexec lamella "$@"');
    symlinkSync(process.execPath, path.join(this.#bin, "node"));
  }

  /** Writes an image of 1 x 2 x 8 x 256 x 256, at each of the places. */
  async addImage(...places: readonly string[]): Promise<void> {
    const [first, ...more] = places.map((place) => path.join(this.folder, place));
    for (const place of places) mkdirSync(path.dirname(path.join(this.folder, place)), { recursive: true });
    await makeDemoImage(first!, { shape: [1, 2, 8, 256, 256] });
    for (const place of more) copyFileSync(first!, place);
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text);
  }

  /** Runs a shell script, stopping at the first command that fails. */
  shell(script: string, folder = "."): Outcome {
    return this.#run("bash", ["-euo", "pipefail", "-c", script], folder);
  }

  /** Runs a TypeScript program of the folder. */
  node(file: string, folder = "."): Outcome {
    return this.#run(process.execPath, [file], folder);
  }

  /** The environment in which `lamella`, `npx lamella` and `node` are found. */
  get environment(): NodeJS.ProcessEnv {
    const { NODE_OPTIONS: _, ...environment } = process.env;
    return {
      ...environment,
      PATH: `${this.#bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
      NO_COLOR: "1",
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #run(file: string, args: readonly string[], folder: string): Outcome {
    const done = spawnSync(file, args, {
      cwd: path.join(this.folder, folder),
      encoding: "utf8",
      timeout: 60_000,
      env: this.environment,
    });
    if (done.error) throw done.error;
    return { status: done.status, stdout: done.stdout, stderr: done.stderr };
  }

  #command(name: string, script: string): void {
    const file = path.join(this.#bin, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  #linkPackage(): void {
    const folder = path.join(this.folder, "node_modules/lamella");
    mkdirSync(folder);
    const exports = { ".": "./index.ts", "./kernels": "./kernels.ts" };
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module", exports }));
    symlinkSync(path.join(ROOT, "shared/index.ts"), path.join(folder, "index.ts"));
    symlinkSync(path.join(ROOT, "shared/kernels/index.ts"), path.join(folder, "kernels.ts"));
    this.write("package.json", JSON.stringify({ type: "module", private: true }));
  }
}
