import { blockwise, fromZarr } from "lamella";
import { applyMask } from "./kernels.ts";

/** da.blockwise: an array of fewer axes meets each time point. */
const timeseries = await fromZarr("timelapse.zarr");
const mask = await fromZarr("cell_mask.zarr");
const masked = blockwise(
  applyMask,
  "tij",
  [
    [timeseries, "tij"],
    [mask, "ij"],
  ],
  { dtype: timeseries.dtype },
);
await masked.toZarr("masked-ts.zarr");
