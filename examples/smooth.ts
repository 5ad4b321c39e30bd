import { fromZarr } from "lamella";
import { gaussian } from "lamella/kernels";

/** Smooths a volume; the overlap makes the result independent of the chunks. */
const image = await fromZarr("cells.ome.zarr", { component: "0/0" });
console.log(`${image.shape.join(" x ")} ${image.dtype}, chunks of ${image.chunkShape.join(" x ")}`);

const smooth = image.mapOverlap(gaussian({ sigma: "0.65 um" }), {
  depth: "2.6 um",
  boundary: "reflect",
  dtype: "float32",
});
await smooth.toZarr("smooth-ts.zarr", { pyramid: { levels: 2 } });
