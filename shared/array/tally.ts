import type { Axis } from "../block/axes.ts";
import { sizeOf } from "../block/block.ts";
import type { DType } from "../block/dtype.ts";
import { isFloat, itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import {
  PERCENTILE_METHODS,
  type PercentileMethod,
  type ThresholdName,
  thresholdDType,
} from "../kernels/tally/index.ts";
import type { ArrayNode, Measure, TallyNode } from "./nodes.ts";
import { reduce } from "./reduce.ts";

export interface HistogramOptions {
  /** How many bins of equal width; default 10. */
  readonly bins?: number;
  /** From the first bin's left edge to the last one's right; default: the data's minimum and maximum, which are computed first. */
  readonly range?: readonly [low: number, high: number];
  readonly step?: string;
}

export interface PercentileOptions {
  /** What a percentile between two elements is; default "linear". */
  readonly method?: PercentileMethod;
  readonly step?: string;
}

export interface ThresholdOptions {
  /** Bins between minimum and maximum of an image of floats; default 256. Integers have one bin a value. */
  readonly nbins?: number;
  readonly step?: string;
}

/**
 * How many elements lie in each of `bins` bins of equal width: int64, [bins]. A bin holds its left edge, the last one both;
 * elements outside of the range, and NaN, are not counted. Equals the counts of numpy.histogram and
 * dask.array.histogram. A range that is computed and isn't finite fails the run.
 */
export function histogram(input: ArrayNode, options: HistogramOptions = {}): ArrayNode {
  return overRange(input, "histogram", options);
}

/** The edges of histogram's bins, [bins + 1]: numpy.histogram_bin_edges. float64 for integers, else of the input's dtype. */
export function histogramBinEdges(input: ArrayNode, options: HistogramOptions = {}): ArrayNode {
  return overRange(input, "edges", options);
}

function overRange(input: ArrayNode, kind: "histogram" | "edges", options: HistogramOptions): ArrayNode {
  const { range } = options;
  const step = options.step ?? (kind === "edges" ? "histogramBinEdges" : "histogram");
  const bins = checkedBins(options.bins ?? 10, "bins", step);
  if (range && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] <= range[1])) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: range [${range}] is not a finite interval`, {
      hint: "Give [low, high], low first.",
    });
  }
  const isEmpty = sizeOf(input.shape) === 0;
  const given = range ?? (isEmpty ? ([0, 1] as const) : undefined);
  const dtype = kind === "histogram" ? "int64" : isFloat(input.dtype) ? input.dtype : "float64";
  const measure: Measure = given ? { kind, bins, range: given } : { kind, bins };
  return tally(
    input,
    measure,
    [kind === "histogram" ? bins : bins + 1],
    dtype,
    step,
    given ? undefined : ["min", "max"],
  );
}

/**
 * Percentiles of the whole array, exact whatever its chunks: numpy.percentile, in float64. 0-d for one number, [q.length] for a
 * list. Elements of up to 16 bits are read once, those of 32 and 64 bits two or four times, and twice as often for
 * many percentiles. NaN anywhere makes the result NaN. INVALID_ARGUMENT for an empty array, or a percentile outside of 0 .. 100.
 */
export function percentile(
  input: ArrayNode,
  q: number | readonly number[],
  options: PercentileOptions = {},
): ArrayNode {
  const step = options.step ?? "percentile";
  const list = typeof q === "number" ? [q] : q;
  if (list.length === 0 || list.some((one) => !(one >= 0 && one <= 100))) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: percentiles [${list}] are not all in 0 .. 100`,
      { hint: "Percentiles are percents: the median is 50, not 0.5." },
    );
  }
  const method = options.method ?? "linear";
  if (!PERCENTILE_METHODS.includes(method)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: method ${String(method)} is not known`, {
      hint: `Use one of ${PERCENTILE_METHODS.join(", ")}.`,
    });
  }
  requireElements(input, step, "percentile");
  const shape = typeof q === "number" ? [] : [list.length];
  return tally(input, { kind: "percentile", q: [...list], method }, shape, "float64", step);
}

/**
 * A threshold that the whole array's histogram decides, whatever its chunks, 0-d: skimage.filters.threshold_otsu, _li, _yen,
 * _triangle and _isodata. Of integers the bins are their values from minimum to maximum, and the result is int64 (li:
 * float64); of floats `nbins` bins between minimum and maximum, and the result is of the image's dtype. Integers of
 * more than 16 bits may spread over at most 2^22 values. Li's of float32 and float64,
 * which scikit-image iterates over all pixels, comes from 65,536 bins; it leaves NaN out.
 */
export function thresholdOf(
  input: ArrayNode,
  name: ThresholdName,
  options: ThresholdOptions = {},
): ArrayNode {
  const step = options.step ?? name;
  requireElements(input, step, name);
  if (options.nbins !== undefined && (name === "li" || !isFloat(input.dtype))) {
    const why = name === "li" ? "li has no bins of its own" : "integers have one bin a value";
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: nbins has no use here: ${why}`, {
      hint: "Leave nbins out.",
    });
  }
  const bins = checkedBins(options.nbins ?? (name === "li" ? 65_536 : 256), "nbins", step);
  const small = itemSize(input.dtype) <= 2 && (!isFloat(input.dtype) || name === "li");
  const limits = small
    ? undefined
    : name === "li"
      ? (["nanmin", "nanmax"] as const)
      : (["min", "max"] as const);
  return tally(input, { kind: "threshold", name, bins }, [], thresholdDType(name, input.dtype), step, limits);
}

function tally(
  input: ArrayNode,
  measure: Measure,
  shape: readonly number[],
  dtype: DType,
  step: string,
  limits?: readonly ["min" | "nanmin", "max" | "nanmax"],
): ArrayNode {
  const axes = shape.map((_, i): Axis => ({ name: `dim_${i}`, scale: 1, translation: 0 }));
  const node: TallyNode = Object.freeze({
    kind: "tally",
    input,
    measure,
    ...(limits
      ? {
          limits: [
            reduce(input, limits[0], { step: `${step}.min` }),
            reduce(input, limits[1], { step: `${step}.max` }),
          ] as const,
        }
      : {}),
    shape,
    chunks: shape.map((n) => [n]),
    dtype,
    axes,
    step,
  });
  return node;
}

const MOST_BINS = 2 ** 22;

function checkedBins(bins: number, name: string, step: string): number {
  if (Number.isInteger(bins) && bins >= 1 && bins <= MOST_BINS) return bins;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${name} ${bins} is not a whole number between 1 and ${MOST_BINS}`,
    { hint: "256 is usual; more bins tell values apart that are nearer to each other." },
  );
}

function requireElements(input: ArrayNode, step: string, what: string): void {
  if (sizeOf(input.shape) > 0) return;
  throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${what} of an array without elements`, {
    hint: "Check the slices before this step: one of them leaves nothing.",
  });
}
