export { DOWNSAMPLE_METHODS, type DownsampleMethod, downsample, scratchBytes } from "./downsample.ts";
export { downsampledShape, effectiveFactors } from "./shape.ts";
