import { concatenate, fromZarr, stack } from "lamella";

/** da.stack puts arrays along a new axis, da.concatenate along one that they have. */
const fluorescence = await fromZarr("fluorescence.zarr");
const brightfield = await fromZarr("brightfield.zarr");
await stack([fluorescence, brightfield], 0).toZarr("channels-ts.zarr");
await concatenate([fluorescence, brightfield], -1).toZarr("mosaic-ts.zarr");
