import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { GOLDEN, type GoldenCase, goldenBlock } from "../support/golden.ts";
import { expectSame } from "../support/kernels.ts";
import { compare, tolerance } from "./compare.ts";
import { compute, computePipeline, indexChunks, otherChunks, prepare } from "./harness.ts";
import { NOT_YET, OPERATIONS, OTHER_DTYPES } from "./operations/index.ts";
import type { GoldenResult } from "./results.ts";

/**
 * Every golden operation through the public interface, compared with what scipy, scikit-image, numpy and dask gave; by
 * lazy arrays, in other chunks, and as a pipeline. The results are kept in results.json, which docs/references.md
 * is generated from: `npx vitest run test/golden -u` brings it up to date.
 */
const results = new Map<string, GoldenResult>();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-golden-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const isThere = ({ id, op }: GoldenCase): boolean => op in OPERATIONS && !(id in NOT_YET);
const there = GOLDEN.filter(isThere);
const before = JSON.parse(readFileSync(new URL("results.json", import.meta.url), "utf8")) as GoldenResult[];

describe.each([...new Set(there.map(({ op }) => op))])("%s", (op) => {
  test.each(there.filter((golden) => golden.op === op))("$id", async (golden) => {
    const prepared = await prepare(golden, folder, indexChunks);
    const { trace } = prepared;
    const got = await compute(prepared, folder);
    expect(got.dtype).toBe(OTHER_DTYPES[op]?.dtype ?? golden.dtype);
    if (golden.params["result_chunks"] && "chunks" in prepared.result)
      expect(prepared.result.chunks).toEqual(golden.params["result_chunks"]);
    const comparison = compare(got, expected(golden), golden);

    if (!golden.chunk_dependent) {
      const other = await compute(await prepare(golden, folder, otherChunks), folder);
      expectSame(other, got);
    }
    const piped = await computePipeline(golden, prepared, folder);
    // A CSV file has the values, not the dtype.
    if (piped) expectSame("table" in prepared.result ? { ...piped, dtype: got.dtype } : piped, got);

    results.set(golden.id, {
      id: golden.id,
      op,
      reference: golden.ref,
      call: trace.text + ("level" in prepared.result ? `, level ${prepared.result.level}` : ""),
      pipeline: piped !== undefined,
      matches: comparison.matches,
      error: Number(comparison.maxError.toPrecision(2)),
      beyond: comparison.beyond,
      tolerance: tolerance(golden),
    });
    expect(comparison).toMatchObject({ matches: true });
  });
});

describe("the golden index", () => {
  it("has an operation here for each that isn't listed as missing", () => {
    const missing = GOLDEN.filter((golden) => !isThere(golden)).map(({ id, op }) =>
      id in NOT_YET ? id : op,
    );
    expect(Object.keys(NOT_YET).sort()).toEqual([...new Set(missing)].sort());
  });

  it("has its results in results.json", async () => {
    for (const row of before) if (!results.has(row.id)) results.set(row.id, row);
    const rows = there.flatMap(({ id }) => results.get(id) ?? []);
    expect(rows).toHaveLength(there.length);
    await expect(`${JSON.stringify(rows, null, 1)}\n`).toMatchFileSnapshot("results.json");
  });
});

function expected(golden: GoldenCase): Block {
  if (golden.value !== undefined) {
    return { dtype: "float64", shape: [], data: Float64Array.of(golden.value) };
  }
  // A rechunked array equals its input; the index's file holds a few elements only.
  return goldenBlock(golden.op === "rechunk" ? golden.inputs[0]! : golden.expected);
}
