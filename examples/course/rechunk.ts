import { fromZarr } from "lamella";

/** arr.rechunk for different ways of reading, stored: -1 is a whole axis. */
const arr = await fromZarr("series.zarr");
console.log(`shape ${arr.shape.join(" x ")}, chunks ${JSON.stringify(arr.chunks)}`);
console.log(`${arr.dtype}, ${(arr.nbytes / 1e6).toFixed(1)} MB`);
await arr.rechunk([1, 1, 256, 256]).toZarr("spatial-ts.zarr");
await arr.rechunk([4, -1, 64, 64]).toZarr("temporal-ts.zarr");
await arr.rechunk([2, 4, 64, 64]).toZarr("balanced-ts.zarr");
