import { fromZarr } from "lamella";
import { gaussian } from "lamella/kernels";

/** da.overlap.overlap_internal: the blocks with their neighbours' elements; then what a kernel makes of them, untrimmed. */
const arr = await fromZarr("fluorescence.zarr");
const overlapped = arr.overlapInternal({ depth: { 1: 3, 2: 3 } });
console.log(`chunks ${JSON.stringify(arr.chunks)} become ${JSON.stringify(overlapped.chunks)}`);
await overlapped.toZarr("overlapped-ts.zarr");
await overlapped.mapBlocks(gaussian({ sigma: [0, 1, 1], radius: 3 })).toZarr("smooth-ts.zarr");
