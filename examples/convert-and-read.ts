import { fromTiff, fromZarr } from "lamella";

/** Stores an OME-TIFF as OME-Zarr with a pyramid, reads it back, and compares. */
const image = await fromTiff("cells.ome.tif");
await image.toZarr("cells-ts.ome.zarr", { chunks: [8, 256, 256], pyramid: { method: "mean" } });

const stored = await fromZarr("cells-ts.ome.zarr");
console.log(
  stored.axes.map(({ name, scale, unit }) => `${name} ${scale}${unit ? ` ${unit}` : ""}`).join(", "),
);
const [before, after] = await Promise.all([image.compute(), stored.compute()]);
const same = before.data.every((value, i) => value === after.data[i]);
console.log(same ? "every pixel is the same" : "the pixels differ");
