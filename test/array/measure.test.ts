import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { DTYPES, type DType, isBigInt, isFloat } from "../../shared/block/dtype.ts";
import type { ComputedTable, LazyArray } from "../../shared/index.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { goldenBlock } from "../support/golden.ts";
import { imageAxes } from "../support/kernels.ts";
import { lazyOf, randomBlock, storeBlock } from "../support/lazy.ts";
import { coordinates } from "../support/pad.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-measure-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** Few labels, scattered, in any integer dtype; some beyond 2^53 where they fit. */
function scatter(dtype: DType, shape: readonly number[], labels: number, seed: number): Block {
  const noise = randomBlock("uint16", shape, seed);
  const block = newBlock(dtype, shape);
  for (let i = 0; i < block.data.length; i++) {
    const label = Number(noise.data[i]) % (labels + 1);
    block.data[i] = (
      isBigInt(dtype)
        ? BigInt(label) * (label % 2 ? 2n ** 55n + 1n : 1n)
        : dtype === "bool"
          ? label % 2
          : label
    ) as never;
  }
  return block;
}

interface Told {
  area: number;
  coordinates: number[];
  low: number[];
  high: number[];
  values: (number | bigint)[];
}

/** What the elements of each label say, in a plain loop. */
function told(labels: Block, image: Block): Map<bigint, Told> {
  const found = new Map<bigint, Told>();
  [...coordinates(labels.shape)].forEach((cell, i) => {
    const label = BigInt(labels.data[i]!);
    if (label === 0n) return;
    const known = found.get(label) ?? {
      area: 0,
      coordinates: cell.map(() => 0),
      low: [...cell],
      high: cell.map((c) => c + 1),
      values: [],
    };
    found.set(label, known);
    known.area++;
    for (const [axis, c] of cell.entries()) {
      known.coordinates[axis]! += c;
      known.low[axis] = Math.min(known.low[axis]!, c);
      known.high[axis] = Math.max(known.high[axis]!, c + 1);
    }
    known.values.push(image.data[i]!);
  });
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function expectTold(table: ComputedTable, want: Map<bigint, Told>, image: DType, rank: number): void {
  const rows = [...want.values()];
  expect([...table["label"]!].map(BigInt)).toEqual([...want.keys()]);
  expect([...table["area"]!]).toEqual(rows.map((row) => row.area));
  for (let axis = 0; axis < rank; axis++) {
    expect([...table[`centroid-${axis}`]!]).toEqual(rows.map((row) => row.coordinates[axis]! / row.area));
    expect([...table[`bbox-${axis}`]!]).toEqual(rows.map((row) => row.low[axis]));
    expect([...table[`bbox-${axis + rank}`]!]).toEqual(rows.map((row) => row.high[axis]));
  }
  const best = (isBetter: (a: number | bigint, b: number | bigint) => boolean) =>
    rows.map(({ values }) => values.reduce((a, b) => (isBetter(b, a) ? b : a)));
  expect([...table["intensity_min"]!]).toEqual(best((b, a) => b < a));
  expect([...table["intensity_max"]!]).toEqual(best((b, a) => b > a));
  for (const [i, { values, area }] of rows.entries()) {
    const sum = table["intensity_sum"]![i]!;
    if (isFloat(image)) {
      // Exact and rounded once: as near as a sum of doubles in any order can tell.
      const plain = values.reduce<number>((a, b) => a + Number(b), 0);
      const size = values.reduce<number>((a, b) => a + Math.abs(Number(b)), 0);
      expect(Math.abs(Number(sum) - plain)).toBeLessThanOrEqual(size * 1e-13);
    } else expect(sum).toBe(values.reduce<bigint>((a, b) => a + BigInt(b), 0n));
    expect(table["intensity_mean"]![i]).toBe(Number(sum) / area);
  }
}

describe("the table of a label image", () => {
  it("equals a plain loop, for any labels, images, chunks and workers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...DTYPES.filter((dtype) => !isFloat(dtype))),
        fc.constantFrom(...DTYPES),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(1, 5, 60),
        fc.nat({ max: 1e6 }),
        async (labelType, imageType, shape, chunks, many, seed) => {
          const dims = shape.map((n, i) => (sizeOf(shape) > 700 && i > 1 ? 2 : n));
          const labels = scatter(labelType, dims, many, seed);
          const image = randomBlock(imageType, dims, seed + 1);
          const within = dims.map((n, axis) => Math.min(n, chunks[axis]!));
          const input = await lazyOf(folder, labels, within);
          const bright = await lazyOf(
            folder,
            image,
            dims.map((n) => Math.min(n, 4)),
          );
          const table = await input.measure({ image: bright }).compute({ workers: 1 + (seed % 2) });
          expectTold(table, told(labels, image), imageType, dims.length);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("has the same bits whatever the chunks, NaN and infinities among them", async () => {
    const labels = scatter("uint8", [20, 21], 6, 4);
    const image = randomBlock("float32", [20, 21], 9);
    for (let i = 0; i < image.data.length; i++)
      image.data[i] = (Number(image.data[i]) * 1e30) / (1 + (i % 97)) ** 9;
    image.data[labels.data.indexOf(2 as never)] = Number.NaN;
    image.data[labels.data.indexOf(3 as never)] = Infinity;
    const properties = ["intensity_sum", "intensity_min", "intensity_max", "centroid_weighted"] as const;
    const tables = [];
    for (const chunks of [
      [20, 21],
      [3, 4],
      [7, 21],
    ]) {
      const input = await lazyOf(folder, labels, chunks);
      const bright = await lazyOf(folder, image, [5, 5]);
      tables.push(await input.measure({ image: bright, properties }).compute());
    }
    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]).toEqual(tables[0]);
    const { intensity_sum: sum, intensity_min: min, intensity_max: max } = tables[0]!;
    expect([sum![1], min![1], max![1]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([sum![2], max![2]]).toEqual([Infinity, Infinity]);
  });

  it("measures more labels than one pass holds", async () => {
    const shape = [40, 60, 50];
    const labels = newBlock("uint32", shape);
    const image = newBlock("float64", shape);
    for (let i = 0; i < labels.data.length; i++) {
      labels.data[i] = 1 + ((Math.imul(i, 7919) >>> 0) % 50_000);
      image.data[i] = i / 7;
    }
    const input = await lazyOf(folder, labels, shape);
    const properties = ["area", "intensity_sum", "centroid_weighted"] as const;
    const table = await input
      .measure({ image: await lazyOf(folder, image, [40, 30, 50]), properties })
      .compute();
    const area = new Float64Array(50_001);
    const sum = new Float64Array(50_001);
    for (let i = 0; i < labels.data.length; i++) {
      area[Number(labels.data[i])]!++;
      sum[Number(labels.data[i])]! += i / 7;
    }
    const present = [...area.keys()].filter((label) => area[label]! > 0);
    expect([...table["label"]!]).toEqual(present);
    expect([...table["area"]!]).toEqual(present.map((label) => area[label]));
    for (const [i, label] of present.entries())
      expect(table["intensity_sum"]![i]).toBeCloseTo(sum[label]!, 6);
  });

  it("gives centroids in the axes' units where they have some", async () => {
    const axes = imageAxes("yx").map((axis) => ({
      ...axis,
      unit: "micrometer",
      scale: 0.5,
      translation: 10,
    }));
    const labels: Block = {
      dtype: "uint8",
      shape: [3, 4],
      data: Uint8Array.of(0, 7, 7, 0, 0, 7, 7, 0, 0, 0, 0, 9),
    };
    const table = await (await lazyOf(folder, labels, [2, 2], { axes })).measure().compute();
    expect(Object.keys(table).join(" ")).toBe(
      "label area centroid-0 centroid-1 centroid_physical-0 centroid_physical-1 bbox-0 bbox-1 bbox-2 bbox-3",
    );
    expect([...table["centroid_physical-0"]!]).toEqual([10.25, 11]);
    expect([...table["centroid_physical-1"]!]).toEqual([10.75, 11.5]);
  });

  it("is empty where there is no label", async () => {
    const none = await lazyOf(folder, newBlock("uint16", [5, 5]), [2, 2]);
    expect((await none.measure().compute())["label"]).toEqual(new Uint16Array(0));
    const nothing = await lazyOf(folder, newBlock("uint16", [0, 5]), [1, 2]);
    expect((await nothing.measure().compute())["area"]).toEqual(new Float64Array(0));
    const single: Block = { dtype: "int16", shape: [], data: Int16Array.of(-4) };
    const table = await (await lazyOf(folder, single, [])).measure({ properties: ["area"] }).compute();
    expect(table).toEqual({ label: Int16Array.of(-4), area: Float64Array.of(1) });
  });

  it("refuses what has no meaning", async () => {
    const labels = await lazyOf(folder, newBlock("uint16", [5, 5]), [2, 2]);
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => labels.astype("float32").measure()).toThrow(code("UNSUPPORTED_DTYPE"));
    expect(() => labels.measure({ image: labels.slice("0:2") })).toThrow(code("SHAPE_MISMATCH"));
    expect(() => labels.measure({ properties: ["intensity_mean"] })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => labels.measure({ properties: ["size" as "area"] })).toThrow(code("INVALID_ARGUMENT"));
  });
});

describe("golden values of scipy.ndimage", () => {
  const open = async (chunks: readonly number[]) => {
    const labels = await lazyOf(folder, goldenBlock("in/lab_crop.npy"), chunks);
    return { labels, image: await lazyOf(folder, goldenBlock("in/lab_values.npy"), [4, 20, 20]) };
  };
  test.each([
    ["label_sum", ["intensity_sum"]],
    ["label_mean", ["intensity_mean"]],
    ["label_maximum", ["intensity_max"]],
    ["label_com", ["centroid_weighted-0", "centroid_weighted-1", "centroid_weighted-2"]],
  ] as const)("%s", async (id, columns) => {
    const { labels, image } = await open([5, 32, 32]);
    const properties = [columns[0].replace("-0", "") as "intensity_sum"];
    const table = await labels.measure({ image, properties }).compute();
    const want = goldenBlock(`out/${id}.npy`).data as Float64Array;
    const got = [...table[columns[0]]!].flatMap((_, row) => columns.map((name) => Number(table[name]![row])));
    expect(got).toHaveLength(want.length);
    for (const [i, value] of got.entries())
      expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(1e-6 * Math.abs(want[i]!));
  });
});

describe("tables as files", () => {
  const LABELS: Block = { dtype: "uint32", shape: [2, 4], data: Uint32Array.of(1, 1, 0, 300, 1, 0, 0, 300) };
  const IMAGE: Block = { dtype: "uint16", shape: [2, 4], data: Uint16Array.of(10, 20, 99, 7, 31, 99, 99, 8) };
  const CSV = `label,area,intensity_mean,intensity_max,bbox-0,bbox-1,bbox-2,bbox-3
1,3,20.333333333333332,31,0,0,2,2
300,2,7.5,8,0,3,2,4
`;
  const properties = ["area", "intensity_mean", "intensity_max", "bbox"] as const;
  const open = async (): Promise<{ labels: LazyArray; image: LazyArray }> => ({
    labels: await lazyOf(folder, LABELS, [1, 2]),
    image: await lazyOf(folder, IMAGE, [2, 2]),
  });
  const runs = () => path.join(folder, "runs");

  it("are CSV or Parquet, and replaced only when asked to", async () => {
    const { labels, image } = await open();
    const table = labels.measure({ image, properties });
    const csv = path.join(folder, "cells table.csv");
    await table.toCsv(csv, { runs: runs() });
    expect(await fs.readFile(csv, "utf8")).toBe(CSV);
    await expect(table.toCsv(csv, { runs: runs() })).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    await fs.writeFile(path.join(folder, "neighbour.txt"), "stays");
    await labels.measure({ properties: ["area"] }).toCsv(csv, { runs: runs(), overwrite: true });
    expect(await fs.readFile(csv, "utf8")).toBe("label,area\n1,3\n300,2\n");
    expect(await fs.readFile(path.join(folder, "neighbour.txt"), "utf8")).toBe("stays");

    const parquet = path.join(folder, "cells.parquet");
    await table.toParquet(parquet, { runs: runs() });
    const file = await fs.readFile(parquet);
    const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer });
    expect(rows).toEqual([
      {
        label: 1n,
        area: 3,
        intensity_mean: 61 / 3,
        intensity_max: 31,
        "bbox-0": 0,
        "bbox-1": 0,
        "bbox-2": 2,
        "bbox-3": 2,
      },
      {
        label: 300n,
        area: 2,
        intensity_mean: 7.5,
        intensity_max: 8,
        "bbox-0": 0,
        "bbox-1": 3,
        "bbox-2": 2,
        "bbox-3": 4,
      },
    ]);
    const left = await fs.readdir(folder);
    expect(left.filter((name) => name.startsWith(".lamella-claim"))).toEqual([]);
  });

  it("come from pipelines, beside the arrays that they are of", async () => {
    const base = await fs.mkdtemp(path.join(folder, "pipeline-"));
    const mask: Block = { dtype: "bool", shape: [2, 4], data: Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 1) };
    await storeBlock(path.join(base, "mask.zarr"), mask, [1, 2]);
    await storeBlock(path.join(base, "image.zarr"), IMAGE, [2, 2]);
    const document = {
      version: 1,
      inputs: { mask: { zarr: "mask.zarr" }, image: { zarr: "image.zarr" } },
      steps: {
        labels: { op: "label", in: "mask" },
        cells: { op: "measure", in: "labels", image: "image", properties: [...properties] },
      },
      outputs: { labels: { zarr: "labels.zarr" }, cells: { csv: "cells.csv" } },
    };
    const { report } = await run(await planOf(document, base), base);
    expect(report.outputs["cells"]).toMatch(/cells\.csv$/);
    expect(await fs.readFile(path.join(base, "cells.csv"), "utf8")).toBe(CSV.replace("300,", "2,"));
    const broken = async (change: object) =>
      pipelineOutputs({ ...document, ...change }, {}, base, "pipeline.yaml");
    await expect(broken({ outputs: { cells: { zarr: "cells.zarr" } } })).rejects.toMatchObject({
      code: "INVALID_PIPELINE",
    });
    await expect(broken({ outputs: { labels: { csv: "cells.csv" } } })).rejects.toMatchObject({
      code: "INVALID_PIPELINE",
    });
    const again = { ...document.steps, more: { op: "label", in: "cells" } };
    await expect(broken({ steps: again })).rejects.toMatchObject({ code: "INVALID_PIPELINE" });
  });

  it("measures once what is written as several files", async () => {
    const base = await fs.mkdtemp(path.join(folder, "tables-"));
    await storeBlock(path.join(base, "labels.zarr"), scatter("uint16", [4, 20, 30], 6, 5), [2, 10, 30]);
    const document = (outputs: object) => ({
      version: 1,
      inputs: { labels: { zarr: "labels.zarr" } },
      steps: { cells: { op: "measure", in: "labels", properties: ["area", "bbox"] } },
      outputs,
    });
    const three = { csv: { step: "cells", csv: "a.csv" }, parquet: { step: "cells", parquet: "a.parquet" } };
    const again = { more: { step: "cells", csv: "b.csv" } };
    const plan = await planOf(document({ ...three, ...again }), base);
    const phases = plan.stages.flatMap((stage) => (stage.kind === "measure" ? [stage.phase] : []));
    expect(phases).toEqual(["local", "join", "table", "table"]);
    expect(new Set(plan.stages.map(({ name }) => name)).size).toBe(plan.stages.length);
    await run(plan, base);
    const one = await planOf(document({ only: { step: "cells", csv: "only.csv" } }), base);
    await run(one, base);
    const other = await planOf(document({ only: { step: "cells", parquet: "only.parquet" } }), base);
    await run(other, base);
    const read = (name: string) => fs.readFile(path.join(base, name));
    for (const name of ["a.csv", "b.csv"]) expect(await read(name)).toEqual(await read("only.csv"));
    expect(await read("a.parquet")).toEqual(await read("only.parquet"));
  });
});
