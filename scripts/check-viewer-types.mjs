// Type-checks the viewer's page, a package of its own: where its packages are installed, which building it does.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
if (existsSync(path.join(root, "viewer/node_modules/react"))) {
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "viewer"], { cwd: root, stdio: "inherit" });
  process.exitCode = status ?? 1;
} else {
  console.error(
    "types of viewer/ are not checked: its packages aren't installed (node scripts/build-viewer.mjs installs them)",
  );
}
