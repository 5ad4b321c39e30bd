import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(os.tmpdir(), "lamella-cache-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lamella(cache: string) {
  return spawnSync(process.execPath, [path.join(root, "cli/main.ts"), "kernels", "--json"], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: undefined },
  });
}

test("compiled code is kept in the user's cache folder", () => {
  const cache = path.join(folder, "cache");
  const first = lamella(cache);
  expect(first.status).toBe(0);
  expect(readdirSync(path.join(cache, "lamella/compiled"), { recursive: true }).length).toBeGreaterThan(5);
  expect(lamella(cache).stdout).toBe(first.stdout);
});

test.each(["a file", "missing/parent", "/proc/nowhere"])(
  "a cache folder that can't be made is done without: %s",
  (name) => {
    writeFileSync(path.join(folder, "a file"), "");
    const { status, stdout } = lamella(path.resolve(folder, name));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).not.toHaveLength(0);
  },
);
