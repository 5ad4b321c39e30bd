// The kernel module: one file a family, all exported from here. Pointers are byte offsets in the shared memory; the
// host allocates and frees (kernels/heap.ts), so nothing in here uses the managed heap.

export * from "./blosclz";
export * from "./canny";
export { cast } from "./cast";
export * from "./combine";
export { addBytes, flagLabels, isZero, paintKept, sizeLabels } from "./components";
export * from "./crc32c";
export * from "./cumulate";
export { distanceFirst, distanceNext, squareRoots } from "./distance";
export { clampTo, multiplyBy, relativeBlur } from "./deconvolve";
export * from "./downsample";
export { cutExpansion, expandPass, startExpansion } from "./expand-labels";
export { fromHalfBits4, halfBits4 } from "./half";
export { adjust, invert, lookUp } from "./intensity";
export { collectFirsts, mapLabels, numberRuns, paintLabels } from "./label";
export * from "./lz4";
export * from "./math";
export { measureLabels } from "./measure";
export * from "./memory";
export { fromOrdered, toOrdered } from "./ordered";
export { rankByBisection, rankByNetwork } from "./rank";
export * from "./reduce";
export * from "./reduce-more";
export { paintLargeRuns, removeSmallLabels } from "./remove-small";
export { resampleGridRow, resampleMixedRow, resampleStore, resampleTable } from "./resample";
export { extremes, rescale } from "./rescale";
export { countRuns, findRuns, joinRuns } from "./runs";
export { separablePass } from "./separable";
export { anyNegative, sharpen } from "./sharpen";
export * from "./shuffle";
export { subtract } from "./subtract";
export { tensordot } from "./tensordot";
export * from "./tally";
export { thresholdFloats, thresholdIntegers } from "./threshold";
export { weightedTaps } from "./weighted-taps";
export { extremePass, extremeTaps } from "./window-extremes";
export { padRows } from "./window-pad";
