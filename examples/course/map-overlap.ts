import { fromZarr } from "lamella";
import { canny } from "lamella/kernels";

/** da.map_overlap: each chunk with 10 elements of its neighbours, trimmed afterwards. */
const arr = await fromZarr("cell_segmentation.zarr");
const edges = arr.mapOverlap(canny({ sigma: 1 }), { depth: [0, 10, 10], boundary: "reflect", dtype: "bool" });
await edges.toZarr("edges-ts.zarr");
