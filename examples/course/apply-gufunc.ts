import { applyGufunc, fromZarr } from "lamella";
import { range } from "./kernels.ts";

/** da.apply_gufunc: the function gets whole rows along z, and gives two results. */
const arr = await fromZarr("series.zarr");
const [least, greatest] = applyGufunc(range, "(i)->(),()", [arr], {
  axis: 1,
  outputDtypes: ["uint16", "uint16"],
});
await least!.toZarr("least-ts.zarr");
await greatest!.toZarr("greatest-ts.zarr");
