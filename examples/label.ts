import { fromZarr } from "lamella";
import { gaussian, threshold } from "lamella/kernels";

/** Numbers the nuclei of the whole image, across chunks, and counts them. */
const image = await fromZarr("cells.ome.zarr", { component: "0/0" });
const cells = image
  .mapOverlap(gaussian({ sigma: "0.65 um" }), { depth: "2.6 um", boundary: "reflect" })
  .mapBlocks(threshold({ above: 800 }))
  .label();
await cells.toZarr("cells-ts.zarr");

const stored = await fromZarr("cells-ts.zarr");
const { data } = await stored.max().compute();
console.log(`${data[0]} objects`);
