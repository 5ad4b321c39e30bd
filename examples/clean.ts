import { fromZarr } from "lamella";
import { gaussian, removeSmallObjects, rescaleIntensity, threshold } from "lamella/kernels";

/** Smooth, rescale, threshold, remove small objects: nothing is read before the last line. */
const image = await fromZarr("cells.ome.zarr", { component: "0/0" });
const cleaned = image
  .mapOverlap(gaussian({ sigma: 1.5 }), { depth: 6, boundary: "reflect", dtype: "float32" })
  .mapBlocks(rescaleIntensity({ outRange: [0, 1] }), { dtype: "float32" })
  .mapBlocks(threshold({ above: 0.3 }))
  .mapBlocks(removeSmallObjects({ minSize: 50 }));
await cleaned.toZarr("cleaned-ts.zarr", {
  chunks: [16, 512, 512],
  codec: "blosc",
  pyramid: { levels: 4, method: "mode" },
});
