import { fromTiff, stack } from "lamella";
import { gaussian, rescaleIntensity, threshold } from "lamella/kernels";

/** Makes the arrays that the other examples of this folder read, from the two channels of cells.ome.tif. */
const image = await fromTiff("../cells.ome.tif");
const fluorescence = image.slice([0, 0]);
const brightfield = image.slice([0, 1]);
const options = { overwrite: true, chunks: [4, 128, 128] };

await image.slice([0]).toZarr("microscopy_data.zarr", { ...options, ngff: "0.4" });
await fluorescence.toZarr("fluorescence.zarr", options);
await fluorescence
  .mapBlocks(rescaleIntensity({ inRange: [fluorescence.min(), fluorescence.max()], outRange: "uint16" }))
  .toZarr("cell_segmentation.zarr", options);
await brightfield.toZarr("brightfield.zarr", options);
await fluorescence
  .min({ axis: 0, keepdims: true })
  .broadcastTo(fluorescence.shape)
  .toZarr("background.zarr", options);
await stack([0, 9, 18, 27].map((shift) => fluorescence.roll(shift, 2))).toZarr("series.zarr", {
  ...options,
  chunks: [2, 4, 128, 128],
});
await fluorescence.toZarr("timelapse.zarr", { ...options, chunks: [2, 128, 128] });
await fluorescence
  .mapBlocks(gaussian({ sigma: 2 }))
  .max({ axis: 0 })
  .mapBlocks(threshold({ above: 700 }))
  .toZarr("cell_mask.zarr", { ...options, chunks: [128, 128] });
