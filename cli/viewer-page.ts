import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LamellaError } from "../shared/errors.ts";

/**
 * The folder of the viewer's page. A package brings it built, beside the bundle; in a checkout it is built when it is
 * first needed, and again when its sources have changed. Throws NOT_FOUND.
 */
export async function viewerPage(): Promise<string> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = path.dirname(here);
  const script = path.join(root, "scripts/build-viewer.mjs");
  if (existsSync(path.join(root, "viewer/package.json")) && existsSync(script)) {
    await build(script, root);
    return path.join(root, "build/viewer");
  }
  const brought = path.join(here, "viewer");
  if (existsSync(path.join(brought, "index.html"))) return brought;
  throw new LamellaError("NOT_FOUND", `the viewer's page isn't in ${brought}`, {
    hint: "Install Lamella again: its package brings the page.",
  });
}

function build(script: string, root: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(
        new LamellaError("NOT_FOUND", `the viewer's page can't be built: ${why}`, {
          hint: `Look at what \`node ${path.relative(process.cwd(), script)}\` says; it needs npm.`,
          details: { folder: root },
        }),
      );
    const child = spawn(process.execPath, [script], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", (error) => fail(error.message));
    child.once("exit", (status) => (status === 0 ? resolve() : fail(`it ended with status ${status}`)));
  });
}
