import * as z from "zod";
import { adjustmentKernel } from "./adjust-intensity.ts";

/** Intensities to a power: below 1 brightens, above darkens. Equals skimage.exposure.adjust_gamma. */
export const adjustGammaKernel = adjustmentKernel({
  name: "adjustGamma",
  summary: "Gamma correction: intensities, as a share of the dtype's largest value, to a power",
  equals: "skimage.exposure.adjust_gamma",
  args: z.strictObject({
    gamma: z.number().nonnegative().default(1).describe("The exponent: below 1 brightens"),
    gain: z.number().default(1).describe("What the result is multiplied by"),
  }),
  resolve: ({ gamma, gain }) => ({ curve: "gamma", a: gamma, b: gain }),
});

/** The logarithm of intensities, or its inverse. Equals skimage.exposure.adjust_log. */
export const adjustLogKernel = adjustmentKernel({
  name: "adjustLog",
  summary: "Logarithmic correction: log2(1 + x) of the share of the dtype's largest value",
  equals: "skimage.exposure.adjust_log",
  args: z.strictObject({
    gain: z.number().default(1).describe("What the result is multiplied by"),
    inv: z.boolean().default(false).describe("The inverse, 2 ** x - 1, instead"),
  }),
  resolve: ({ gain, inv }) => ({ curve: inv ? "inverseLog" : "log", a: 0, b: gain }),
});

/** Contrast by a sigmoid. Equals skimage.exposure.adjust_sigmoid. */
export const adjustSigmoidKernel = adjustmentKernel({
  name: "adjustSigmoid",
  summary: "Contrast by a sigmoid around a cutoff",
  equals: "skimage.exposure.adjust_sigmoid",
  args: z.strictObject({
    cutoff: z.number().default(0.5).describe("What becomes half, as a share of the dtype's largest value"),
    gain: z.number().default(10).describe("How steep the sigmoid is"),
    inv: z.boolean().default(false).describe("What is left of the largest value instead"),
  }),
  resolve: ({ cutoff, gain, inv }) => ({ curve: inv ? "inverseSigmoid" : "sigmoid", a: cutoff, b: gain }),
});
