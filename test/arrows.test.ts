import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** The arrows of docs/design.md: each folder may import of its own row and of those below it. */
const LAYERS = [
  ["cli", "functions", "infra"],
  [
    "shared/engine",
    "shared/export",
    "shared/inspect",
    "shared/simulate",
    "shared/validate",
    "shared/serve",
    "shared/view",
  ],
  ["shared/pipeline"],
  ["shared/plan"],
  ["shared/array"],
  ["shared/kernels", "shared/zarr", "shared/formats"],
  ["shared/block", "shared/storage"],
];

function layerOf(file: string): number {
  return LAYERS.findIndex((folders) => folders.some((folder) => file.startsWith(`${folder}/`)));
}

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("assembly"))
    .map((file) => path.posix.join(folder, file.split(path.sep).join("/")));
}

test("imports point one way through the folders", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const file of LAYERS.flat().flatMap(sourcesOf)) {
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, target] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const to = path.posix.join(path.posix.dirname(file), target!);
      const layer = layerOf(to);
      if (layer < 0) continue;
      seen++;
      if (layer < layerOf(file)) wrong.push(`${file} -> ${to}`);
    }
  }
  expect(seen).toBeGreaterThan(1000);
  expect(wrong).toEqual([]);
});
