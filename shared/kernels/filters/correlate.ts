import { correlationKernel } from "./correlation.ts";

/** Sums of the elements around each, times given weights. Equals scipy.ndimage.correlate. */
export const correlateKernel = correlationKernel("correlate", "Sums of elements times given weights");

/** The same with the weights reversed. Equals scipy.ndimage.convolve. */
export const convolveKernel = correlationKernel("convolve", "Sums of elements times given weights, reversed");
