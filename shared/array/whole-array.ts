import { type RescaleIntensityOptions, rescaleIntensity, threshold } from "../kernels/index.ts";
import type { ThresholdName } from "../kernels/tally/index.ts";
import { castTo } from "./cast.ts";
import { mapBlocks } from "./map.ts";
import type { ArrayNode } from "./nodes.ts";
import { reduce } from "./reduce.ts";
import { percentile, type ThresholdOptions, thresholdOf } from "./tally.ts";
import { slice } from "./view.ts";

/**
 * Where elements lie above a threshold that the whole array decides: bool. `mean` is skimage.filters.threshold_mean; for
 * the others see thresholdOf.
 */
export function thresholdBy(
  input: ArrayNode,
  name: ThresholdName | "mean",
  options: ThresholdOptions = {},
): ArrayNode {
  const step = options.step ?? `threshold${name[0]!.toUpperCase()}${name.slice(1)}`;
  const own = { ...options, step: `${step}.${name}` };
  const cut = name === "mean" ? reduce(input, "mean", own) : thresholdOf(input, name, own);
  return mapBlocks(input, threshold({ above: { node: cut } }), { step });
}

export interface RescaleOptions {
  /**
   * What is stretched: "image" (the default) is the whole array's minimum to maximum, `{ percentiles: [2, 98] }` between two of
   * its percentiles; or a dtype's name, "dtype" for the array's own, or [low, high].
   */
  readonly inRange?:
    | NonNullable<RescaleIntensityOptions["inRange"]>
    | { readonly percentiles: readonly [low: number, high: number] };
  /** What it becomes: "dtype" (the default), a dtype's name, [low, high], or "image" for the whole array's own range. */
  readonly outRange?: NonNullable<RescaleIntensityOptions["outRange"]>;
  readonly step?: string;
}

/**
 * Stretches or shrinks intensities linearly by ranges of the whole array, whatever its chunks:
 * skimage.exposure.rescale_intensity.
 */
export function rescale(input: ArrayNode, options: RescaleOptions = {}): ArrayNode {
  const { inRange = "image", outRange = "dtype" } = options;
  const step = options.step ?? "rescale";
  const extremes = () =>
    [
      { node: reduce(input, "min", { step: `${step}.min` }) },
      { node: reduce(input, "max", { step: `${step}.max` }) },
    ] as const;
  let from: NonNullable<RescaleIntensityOptions["inRange"]>;
  if (inRange === "image") from = extremes();
  else if (typeof inRange === "object" && "percentiles" in inRange) {
    const both = percentile(input, inRange.percentiles, { step: `${step}.percentiles` });
    from = [{ node: slice(both, "0") }, { node: slice(both, "1") }];
  } else from = inRange;
  const call = rescaleIntensity({ inRange: from, outRange: outRange === "image" ? extremes() : outRange });
  const scaled = mapBlocks(input, call, { step });
  return outRange === "image" ? castTo(scaled, input.dtype, step) : scaled;
}
