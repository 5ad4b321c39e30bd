import { fromZarr } from "lamella";

/** sum, mean, max and std by tree, along axes by index. */
const arr = await fromZarr("series.zarr");
await arr.sum().toZarr("total-ts.zarr");
await arr.mean({ axis: [2, 3] }).toZarr("average-ts.zarr");
await arr.max({ axis: 1 }).toZarr("projection-ts.zarr");
await arr.std({ axis: 0, ddof: 1 }).toZarr("spread-ts.zarr");
