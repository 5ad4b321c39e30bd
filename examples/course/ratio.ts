import { blockwise, fromZarr } from "lamella";
import { ratio } from "./kernels.ts";

/** da.blockwise: three arrays meet block by block. */
const fluorescence = await fromZarr("fluorescence.zarr");
const brightfield = await fromZarr("brightfield.zarr");
const background = await fromZarr("background.zarr");
const ratioImage = blockwise(
  ratio,
  "ijk",
  [
    [fluorescence, "ijk"],
    [brightfield, "ijk"],
    [background, "ijk"],
  ],
  { dtype: "float32", concatenate: false },
);
await ratioImage.toZarr("ratio-ts.zarr");
