// The kernel module: one file a family, all exported from here. Pointers are byte offsets in the shared memory; the
// host allocates and frees (kernels/heap.ts), so nothing in here uses the managed heap.

export * from "./blosclz";
export { cast } from "./cast";
export * from "./crc32c";
export * from "./downsample";
export * from "./lz4";
export * from "./memory";
export * from "./reduce";
export { separablePass } from "./separable";
export * from "./shuffle";
