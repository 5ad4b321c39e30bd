import { fromTiff } from "lamella";

/** Reductions by tree: the values don't depend on the chunks, float sums included. */
const image = await fromTiff("cells.ome.tif");
const volume = ["z", "y", "x"];
const level = await image.mean({ axis: volume }).compute();
const spread = await image.std({ axis: volume, ddof: 1 }).compute();
const brightest = await image.max().compute();
console.log(`mean by channel: ${[...level.data].map((value) => Number(value).toFixed(1)).join(", ")}`);
console.log(
  `standard deviation by channel: ${[...spread.data].map((value) => Number(value).toFixed(1)).join(", ")}`,
);
console.log(`brightest voxel: ${brightest.data[0]}`);
