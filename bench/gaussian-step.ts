/** The step that several benchmarks have in common: sigma 2 along all axes of `image`, uint16 to uint16. */
export const GAUSSIAN_STEP = {
  op: "mapOverlap",
  in: "image",
  kernel: "gaussian",
  args: { sigma: 2 },
  depth: 8,
  boundary: "reflect",
  dtype: "uint16",
} as const;
