import path from "node:path";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import type { Json } from "../../shared/errors.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import type { ChildRequest } from "./child.ts";

/** A piece of work that is disturbed: what it reads, and what is asked for. */
export interface Scenario {
  readonly name: string;
  readonly request: (base: string) => Omit<ChildRequest, "base" | "workers">;
  /** The same work on other inputs: an output that is there already. */
  readonly earlier?: (base: string) => Omit<ChildRequest, "base" | "workers">;
  /** A command instead of a run: arguments of `lamella`. */
  readonly command?: (base: string) => readonly string[];
  readonly earlierCommand?: (base: string) => readonly string[];
}

/** Writes what all scenarios read. `large` is what an earlier output was made from. */
export async function writeInputs(folder: string): Promise<void> {
  await storeBlock(path.join(folder, "in/small.zarr"), randomBlock("uint16", [6, 40, 44], 3), [2, 16, 16]);
  await storeBlock(path.join(folder, "in/large.zarr"), randomBlock("uint16", [9, 50, 60], 4), [2, 16, 16]);
  await makeDemoImage(path.join(folder, "in/small.ome.tif"), { shape: [1, 2, 3, 96, 80] });
  await makeDemoImage(path.join(folder, "in/large.ome.tif"), { shape: [1, 2, 4, 130, 128], seed: 2 });
}

const smooth = (from: string) => ({
  op: "mapOverlap",
  in: from,
  kernel: "gaussian",
  args: { sigma: 1 },
  depth: 4,
  boundary: "reflect",
});

type Steps = { readonly [name: string]: object };

function pipeline(name: string, steps: Steps, outputs: Steps, more: Partial<ChildRequest> = {}): Scenario[] {
  const document = (input: string) => ({
    version: 1,
    inputs: { image: { zarr: `in/${input}.zarr` } },
    steps,
    outputs,
  });
  const request = () => ({ pipeline: document("small"), ...more });
  const earlier = () => ({ pipeline: document("large"), ...more });
  return [
    { name, request },
    { name: `${name}, overwriting`, request: () => ({ ...request(), overwrite: true }), earlier },
  ];
}

function conversion(name: string, options: { readonly [key: string]: Json }): Scenario[] {
  const convert = (base: string, input: string) => ({
    src: `${base}/in/${input}.ome.tif`,
    dst: `${base}/out/image.ome.zarr`,
    ...options,
  });
  const request = (base: string) => ({ convert: convert(base, "small") });
  return [
    { name, request },
    {
      name: `${name}, overwriting`,
      request: (base) => ({ ...request(base), overwrite: true }),
      earlier: (base) => ({ convert: convert(base, "large") }),
    },
  ];
}

const mask = { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: 97 } };

export const SCENARIOS: readonly Scenario[] = [
  ...conversion("convert with a pyramid", { chunks: [1, 1, 1, 32, 32], levels: 3 }),
  ...conversion("convert to 0.4", { chunks: [1, 1, 1, 32, 32], levels: 2, ngff: "0.4" }),
  ...conversion("convert into shards", { chunks: [1, 1, 1, 16, 16], shards: [1, 1, 2, 32, 32], levels: 2 }),
  ...pipeline(
    "overlaps in two stages",
    { smooth: smooth("image"), again: smooth("smooth") },
    { again: { zarr: "out/again.zarr", chunks: [2, 16, 16], pyramid: { levels: 2 } } },
    { store: true },
  ),
  ...pipeline(
    "a reduction feeds a step",
    {
      smooth: smooth("image"),
      cut: { op: "otsu", in: "smooth" },
      mask: { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: { step: "cut" } } },
      profile: { op: "mean", in: "smooth", axis: [1, 2], splitEvery: 2 },
    },
    {
      mask: { zarr: "out/mask.zarr", chunks: [3, 20, 20] },
      profile: { zarr: "out/profile.zarr" },
    },
  ),
  ...pipeline(
    "labels beside their image",
    { smooth: smooth("image"), mask, cells: { op: "label", in: "mask" } },
    {
      smooth: { zarr: "out/smooth.zarr", chunks: [3, 10, 12], pyramid: { levels: 2 } },
      cells: { labelsOf: "smooth", chunks: [3, 10, 12] },
    },
  ),
  ...pipeline(
    "a table of objects",
    {
      smooth: smooth("image"),
      mask,
      cells: { op: "label", in: "mask" },
      table: { op: "measure", in: "cells", image: "image" },
    },
    {
      cells: { zarr: "out/cells.zarr", chunks: [3, 16, 16] },
      table: { csv: "out/tables/cells.csv" },
    },
  ),
  ...pipeline(
    "a rechunk in two passes",
    { columns: { op: "rechunk", in: "image", chunks: [-1, 8, 8] } },
    { columns: { zarr: "out/columns.zarr" } },
    { store: true },
  ),
  ...pipeline(
    "running sums into shards",
    { sums: { op: "cumsum", in: "image", axis: 0 } },
    { sums: { zarr: "out/sums.zarr", chunks: [2, 8, 8], shards: [2, 16, 16] } },
  ),
  {
    name: "export",
    request: () => ({}),
    command: (base) => ["convert", `${base}/in/small.zarr`, `${base}/out/image.ome.tif`],
  },
  {
    name: "export, overwriting",
    request: () => ({}),
    command: (base) => ["convert", `${base}/in/small.zarr`, `${base}/out/image.ome.tif`, "--overwrite"],
    earlierCommand: (base) => ["convert", `${base}/in/large.zarr`, `${base}/out/image.ome.tif`],
  },
];
