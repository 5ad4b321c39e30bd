import { fromZarr } from "lamella";
import { gaussian } from "lamella/kernels";

/** da.map_blocks: a kernel on each chunk by itself. */
const arr = await fromZarr("microscopy_data.zarr");
const filtered = arr.mapBlocks(gaussian({ sigma: 2 }), { dtype: arr.dtype });
await filtered.toZarr("filtered-ts.zarr");
