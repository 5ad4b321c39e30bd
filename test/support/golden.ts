import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Block } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import type { Json } from "../../shared/errors.ts";
import { readNpy } from "./npy.ts";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../golden/data");

/** One expected result of scipy, scikit-image, numpy or dask. */
export interface GoldenCase {
  readonly id: string;
  readonly op: string;
  readonly params: { readonly [name: string]: Json };
  readonly inputs: readonly string[];
  /** How the inputs are chunked; null: whole. */
  readonly chunks: readonly number[] | null;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly atol: number;
  readonly rtol: number;
  /** "exact", "close", "partition" (equal up to the labels' numbers) or "mismatch<=fraction". */
  readonly compare: string;
  /** The function whose result it is. */
  readonly ref: string;
  readonly expected: string;
  /** Instead of a file: the one value of a 0-d result. */
  readonly value?: number;
  readonly chunk_dependent?: boolean;
}

/** A store or image file that other software wrote, and what it holds. */
export interface GoldenFormat {
  readonly file: string;
  readonly expected: string;
  readonly compare?: string;
}

const index = JSON.parse(readFileSync(path.join(folder, "index.json"), "utf8")) as {
  readonly ops: readonly GoldenCase[];
  readonly formats: readonly GoldenFormat[];
};

/** All of test/golden/data/index.json. */
export const GOLDEN: readonly GoldenCase[] = index.ops;
export const GOLDEN_FORMATS: readonly GoldenFormat[] = index.formats;

/** The cases of an operation. */
export function goldenCases(op: string): GoldenCase[] {
  const cases = GOLDEN.filter((entry) => entry.op === op);
  if (cases.length === 0) throw new Error(`no golden cases of ${op}`);
  return cases;
}

/** A golden array, by its name in the index. */
export function goldenBlock(name: string): Block {
  return readNpy(path.join(folder, `${name}.gz`));
}

/** The path of a golden store or image file. */
export function goldenFormat(file: string): string {
  return path.join(folder, file);
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
