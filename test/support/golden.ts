import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Block } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import type { Json } from "../../shared/errors.ts";
import { readNpy } from "./npy.ts";
import { sharedData } from "./shared-data.ts";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../golden/data");

/** One expected result of scipy or scikit-image. */
export interface GoldenCase {
  readonly id: string;
  readonly op: string;
  readonly params: { readonly [name: string]: Json };
  readonly inputs: readonly string[];
  readonly dtype: DType;
  readonly atol: number;
  readonly rtol: number;
  /** "exact", "close", "partition" (equal up to the labels' numbers) or "mismatch<=fraction". */
  readonly compare: string;
  readonly expected: string;
}

/** The cases of an operation, from test/golden/data/index.json. */
export function goldenCases(op: string): GoldenCase[] {
  const index = JSON.parse(readFileSync(path.join(folder, "index.json"), "utf8")) as { ops: GoldenCase[] };
  const cases = index.ops.filter((entry) => entry.op === op);
  if (cases.length === 0) throw new Error(`no golden cases of ${op}`);
  return cases;
}

/** The file of a golden array: gzipped in the repository; a few larger ones are in the reference data only. */
export function goldenFile(name: string): string | undefined {
  const own = path.join(folder, `${name}.gz`);
  return existsSync(own) ? own : sharedData("golden", ...name.split("/"));
}

export function goldenBlock(name: string): Block {
  const file = goldenFile(name);
  if (file === undefined) throw new Error(`the golden array ${name} is missing`);
  return readNpy(file);
}

/** How many elements differ by more than atol + rtol * |expected|. */
export function countMismatches(got: Block, expected: Block, atol: number, rtol: number): number {
  let mismatches = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const want = Number(expected.data[i]);
    const difference = Math.abs(Number(got.data[i]) - want);
    if (!(difference <= atol + rtol * Math.abs(want))) mismatches++;
  }
  return mismatches;
}
