import { fromZarr } from "lamella";
import { gaussian, removeSmallObjects, rescaleIntensity, threshold } from "lamella/kernels";

/** Four map_blocks in a row: nothing is read before the last line. */
const arr = await fromZarr("microscopy_data.zarr");
const filtered = arr.mapBlocks(gaussian({ sigma: 1.5 }), { dtype: arr.dtype });
const normalized = filtered.mapBlocks(rescaleIntensity({ outRange: [0, 1] }), { dtype: "float32" });
const binary = normalized.mapBlocks(threshold({ above: 0.3 }), { dtype: "bool" });
const cleaned = binary.mapBlocks(removeSmallObjects({ minSize: 50 }), { dtype: "bool" });
await cleaned.toZarr("cleaned-ts.zarr");
