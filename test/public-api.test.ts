import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as lamella from "../shared/index.ts";

const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../shared");

/** Whose signatures users see. */
const SIGNATURES = [
  "elementwise-functions.ts",
  "lazy-array.ts",
  "lazy-table.ts",
  "map-arrays.ts",
  ...readdirSync(path.join(shared, "array")).filter((file) => file.endsWith("-methods.ts")),
];

/** Of those, what signatures only build on: MeasureOptions and WatershedOptions are the same with lazy arrays for nodes. */
const BUILT_ON = ["MeasureNode", "MeasureNodeOptions", "WatershedNodeOptions"];

function methodsOf(prototype: object): string[] {
  const above = Object.getPrototypeOf(prototype) as object;
  const own = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  return above === Object.prototype ? own : [...own, ...methodsOf(above)];
}

test("the names of lamella (those of lamella/kernels: test/kernels/index.test.ts)", () => {
  expect(Object.keys(lamella).sort()).toMatchInlineSnapshot(`
    [
      "LAMELLA_VERSION",
      "LamellaError",
      "LazyArray",
      "LazyTable",
      "Run",
      "applyGufunc",
      "blockwise",
      "concatenate",
      "estimateCost",
      "expr",
      "fromCzi",
      "fromHdf5",
      "fromN5",
      "fromTiff",
      "fromZarr",
      "isLamellaError",
      "mapBlocks",
      "mapOverlap",
      "moduleKernel",
      "openRun",
      "stack",
      "tensordot",
      "where",
    ]
  `);
});

test("the methods of lazy arrays and tables", () => {
  expect(methodsOf(lamella.LazyArray.prototype).sort().join(" ")).toMatchInlineSnapshot(
    `"abs add affineTransform all and any argmax argmin astype axes broadcastTo canny ceil chunkShape chunks clip coarsen compute cumprod cumsum derive diff distanceTransform divide downscaleLocalMean dtype equal exp expandDims expandLabels fillHoles flip floor floorDivide greater greaterEqual histogram histogramBinEdges hysteresis isel isfinite isinf isnan isodata label less lessEqual li log log10 log2 mapBlocks mapOverlap max maximum mean measure median min minimum mod moveaxis multiply nanargmax nanargmin nanmax nanmean nanmin nanprod nanstd nansum nanvar nbytes ndim negative not notEqual or otsu overlap overlapInternal pad peakLocalMax percentile plan power prod rechunk removeSmall removeSmallHoles repeat rescale reshape resize roll rot90 round sel shape sign slice sqrt squeeze std subtract sum swapaxes take tensordot thresholdIsodata thresholdLi thresholdMean thresholdOtsu thresholdTriangle thresholdYen tile toZarr transpose triangle var watershed yen zoom"`,
  );
  expect(methodsOf(lamella.LazyTable.prototype).sort().join(" ")).toMatchInlineSnapshot(
    `"compute plan properties toCsv toParquet"`,
  );
});

test("every type in a public signature can be imported", () => {
  const index = readFileSync(path.join(shared, "index.ts"), "utf8");
  const exported = new Set(index.match(/\w+/g));
  const used = SIGNATURES.flatMap((file) => {
    const text = readFileSync(path.join(shared, "array", file), "utf8");
    const imports = [...text.matchAll(/import (type )?\{([^}]*)\}/g)].flatMap(([, type, names]) =>
      names!
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && (type || name.startsWith("type ")))
        .map((name) => name.replace(/^type /, "").replace(/ as .*/, "")),
    );
    return [...imports, ...[...text.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name!)];
  });
  expect(used.length).toBeGreaterThan(30);
  expect([...new Set(used)].filter((name) => !exported.has(name)).sort()).toEqual(BUILT_ON);
});
