// Builds the page of `lamella view` from viewer/, a package of its own: into build/viewer, or the folder that is given.
// Installs its packages from its lockfile where they aren't there. Does nothing where the page is that of these sources.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const STAMP = ".sources";
const SOURCES = ["index.html", "package.json", "package-lock.json", "vite.config.ts", "src"];
/** What the page shares with the server. */
const SHARED = ["view/protocol.ts", "serve/preview/protocol.ts"];
/** Two builds at once would install over each other; one that takes longer has died. */
const LONGEST_MS = 5 * 60_000;

function filesOf(file) {
  if (!statSync(file).isDirectory()) return [file];
  return readdirSync(file)
    .sort()
    .flatMap((name) => filesOf(path.join(file, name)));
}

function digestOf(root) {
  const hash = createHash("sha256");
  const files = [
    ...SOURCES.map((name) => path.join(root, "viewer", name)),
    ...SHARED.map((name) => path.join(root, "shared", name)),
  ];
  for (const file of files.flatMap(filesOf))
    hash.update(path.relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}

function isBuilt(folder, digest) {
  const stamp = path.join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
}

async function locked(file, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      mkdirSync(file);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const since = existsSync(file) ? Date.now() - statSync(file).mtimeMs : 0;
      if (since > LONGEST_MS) rmSync(file, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  try {
    await work();
  } finally {
    rmSync(file, { recursive: true, force: true });
  }
}

function run(command, parameters, cwd) {
  // what they print is for who builds; the standard output may be a command's answer
  const { error, status } = spawnSync(command, parameters, { cwd, stdio: ["ignore", 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} ended with status ${status}`);
}

function install(folder) {
  const lock = path.join(folder, "package-lock.json");
  const digest = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const stamp = path.join(folder, "node_modules/.lamella-lockfile");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  writeFileSync(stamp, digest);
}

/** The folder that the page was built in. Throws where npm or the build fails. */
export async function buildViewer(root, out = path.join(root, "build/viewer")) {
  const digest = digestOf(root);
  if (isBuilt(out, digest)) return out;
  await locked(path.join(root, "build/viewer.lock"), async () => {
    if (isBuilt(out, digest)) return;
    console.error("building the viewer's page (once; it takes some twenty seconds)");
    const folder = path.join(root, "viewer");
    install(folder);
    const made = path.join(root, "build/viewer.new");
    rmSync(made, { recursive: true, force: true });
    const vite = path.join(folder, "node_modules/vite/bin/vite.js");
    const options = ["--outDir", made, "--emptyOutDir", "--logLevel", "warn"];
    run(process.execPath, [vite, "build", ...options], folder);
    writeFileSync(path.join(made, STAMP), digest);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(path.dirname(out), { recursive: true });
    if (path.dirname(out) === path.dirname(made)) renameSync(made, out);
    else {
      cpSync(made, out, { recursive: true });
      rmSync(made, { recursive: true, force: true });
    }
  });
  return out;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const [out] = process.argv.slice(2);
  await buildViewer(root, ...(out ? [path.resolve(out)] : []));
}
