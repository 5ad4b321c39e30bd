import type { Block } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { expr, type LazyArray } from "../../shared/index.ts";
import { downsample } from "../../shared/kernels/downsample/index.ts";
import type { Heap, HeapBlock } from "../../shared/kernels/heap.ts";
import {
  binaryOpening,
  distanceTransformEdt,
  gaussian,
  greyErosion,
  label,
  laplace,
  median,
  removeSmallObjects,
  rescaleIntensity,
  sobel,
  threshold,
  uniform,
} from "../../shared/kernels/index.ts";
import { type ReductionName, reductionOf } from "../../shared/kernels/reduce/index.ts";
import type { Tolerance } from "../agreement.ts";
import { evaluator } from "./evaluate.ts";
import type { Inputs } from "./inputs.ts";

/** Results of kernels, the caller's to free. */
type Work = () => Promise<readonly HeapBlock[]> | readonly HeapBlock[];

/** One kernel, with what it is held against: the function of the same name in bench/peers/kernels.py. */
export interface KernelCase {
  readonly name: string;
  /** The function that the result equals, as it is shown. */
  readonly beside: string;
  readonly dtypes: readonly DType[];
  readonly inputs: (inputs: Inputs, dtype: DType) => readonly Block[];
  readonly work: (heap: Heap, inputs: readonly HeapBlock[]) => Work;
  readonly tolerance?: Tolerance;
}

const IMAGES: readonly DType[] = ["uint8", "uint16", "float32"];

/** Sums in float32 instead of float64: what the golden tests allow. */
const FILTERED: Tolerance = { atol: 0.002, rtol: 2e-6 };
/** Sums are exact here, and rounded at each addition by numpy. */
const SUMMED: Tolerance = { rtol: 1e-5 };

type Steps = (arrays: readonly LazyArray[]) => LazyArray;

const image: KernelCase["inputs"] = ({ images }, dtype) => images[dtype]!.slice(0, 1);
const three: KernelCase["inputs"] = ({ images }, dtype) => images[dtype]!;
const mask: KernelCase["inputs"] = (inputs) => [inputs.mask];

/** As a fused chain in a task. */
function steps(apply: Steps): KernelCase["work"] {
  return (heap, inputs) => {
    const compute = evaluator(heap, inputs, apply);
    return async () => [await compute()];
  };
}

/** As in a leaf and root of a reduction's tree. */
function reduced(names: readonly ReductionName[], axes: readonly number[]): KernelCase["work"] {
  const reduction = reductionOf(names);
  return (heap, [block]) => {
    const { shape, dtype } = block!;
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    return () => {
      const state = reduction.init(heap, dtype, kept);
      reduction.accumulate(heap, state, block!, axes);
      const results = names.map((name) => reduction.finish(heap, state, name));
      reduction.free(heap, state);
      return results;
    };
  };
}

function eroded(radius: number): KernelCase {
  return {
    name: `grey erosion, box of radius ${radius}`,
    beside: "scipy.ndimage.grey_erosion",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(greyErosion({ size: 2 * radius + 1 }), { depth: radius })),
  };
}

const STATISTICS: readonly ReductionName[] = ["sum", "mean", "std", "max", "min"];

export const KERNEL_CASES: readonly KernelCase[] = [
  {
    name: "gaussian 3-D, sigma 2",
    beside: "scipy.ndimage.gaussian_filter",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(gaussian({ sigma: 2 }), { depth: 8, boundary: "reflect" })),
    tolerance: FILTERED,
  },
  {
    name: "gaussian per plane, sigma 2",
    beside: "scipy.ndimage.gaussian_filter",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) =>
      a!.mapOverlap(gaussian({ sigma: [0, 2, 2] }), { depth: [0, 8, 8], boundary: "reflect" }),
    ),
    tolerance: FILTERED,
  },
  {
    name: "uniform 5x5x5",
    beside: "scipy.ndimage.uniform_filter",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(uniform({ size: 5 }), { depth: 2, boundary: "reflect" })),
    tolerance: FILTERED,
  },
  {
    name: "laplace",
    beside: "scipy.ndimage.laplace",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(laplace(), { depth: 1, boundary: "reflect" })),
    tolerance: FILTERED,
  },
  {
    name: "sobel per plane",
    beside: "scipy.ndimage.sobel, numpy.hypot",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(sobel(), { depth: [0, 1, 1], boundary: "reflect", core: 2 })),
    tolerance: { atol: 1e-7, rtol: 1e-5 },
  },
  {
    name: "median 3x3x3",
    beside: "scipy.ndimage.median_filter",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapOverlap(median({ size: 3 }), { depth: 1 })),
  },
  eroded(1),
  eroded(2),
  eroded(3),
  {
    name: "binary opening",
    beside: "scipy.ndimage.binary_opening",
    dtypes: ["bool"],
    inputs: mask,
    work: steps(([a]) => a!.mapOverlap(binaryOpening({ connectivity: 1 }), { depth: 2 })),
  },
  {
    name: "label, by faces",
    beside: "scipy.ndimage.label",
    dtypes: ["bool"],
    inputs: mask,
    work: steps(([a]) => a!.mapBlocks(label())),
  },
  {
    name: "remove small objects",
    beside: "skimage.morphology.remove_small_objects",
    dtypes: ["bool"],
    inputs: mask,
    work: steps(([a]) => a!.mapBlocks(removeSmallObjects({ maxSize: 20 }))),
  },
  {
    name: "distance transform",
    beside: "scipy.ndimage.distance_transform_edt",
    dtypes: ["bool"],
    inputs: mask,
    work: steps(([a]) => a!.mapBlocks(distanceTransformEdt())),
    tolerance: { atol: 1e-6 },
  },
  {
    name: "watershed",
    beside: "skimage.segmentation.watershed",
    dtypes: IMAGES,
    inputs: (inputs, dtype) => [inputs.images[dtype]![0]!, inputs.markers, inputs.mask],
    work: steps(([a, markers, where]) => a!.watershed({ markers: markers!, mask: where! })),
  },
  {
    name: "zoom to half, linear",
    beside: "scipy.ndimage.zoom",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.zoom(0.5, { order: 1, dtype: "float32" })),
    tolerance: FILTERED,
  },
  {
    name: "zoom to half, cubic",
    beside: "scipy.ndimage.zoom",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.zoom(0.5, { order: 3, dtype: "float32" })),
    tolerance: FILTERED,
  },
  {
    name: "ratio of three",
    beside: "numpy",
    dtypes: IMAGES,
    inputs: three,
    work: steps(([a, b, c]) => expr("(float32(a) - float32(b)) / float32(c)", { a: a!, b: b!, c: c! })),
    tolerance: { rtol: 1e-6 },
  },
  {
    name: "rescale",
    beside: "skimage.exposure.rescale_intensity",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapBlocks(rescaleIntensity({ inRange: [0, 200], outRange: "uint8" }))),
    tolerance: { atol: 1 },
  },
  {
    name: "threshold",
    beside: "numpy.greater",
    dtypes: IMAGES,
    inputs: image,
    work: steps(([a]) => a!.mapBlocks(threshold({ above: 100 }))),
  },
  {
    name: "to float32",
    beside: "numpy.ndarray.astype",
    dtypes: ["uint8", "uint16"],
    inputs: image,
    work: steps(([a]) => a!.astype("float32")),
  },
  {
    name: "sum, mean, std, max, min",
    beside: "numpy",
    dtypes: IMAGES,
    inputs: image,
    work: reduced(STATISTICS, [0, 1, 2]),
    tolerance: SUMMED,
  },
  {
    name: "the same along axis 0",
    beside: "numpy",
    dtypes: IMAGES,
    inputs: image,
    work: reduced(STATISTICS, [0]),
    tolerance: SUMMED,
  },
  {
    name: "max",
    beside: "numpy.max",
    dtypes: IMAGES,
    inputs: image,
    work: reduced(["max"], [0, 1, 2]),
  },
  {
    name: "max along axis 0",
    beside: "numpy.max",
    dtypes: IMAGES,
    inputs: image,
    work: reduced(["max"], [0]),
  },
  {
    name: "2x2x2 mean",
    beside: "numpy",
    dtypes: IMAGES,
    inputs: image,
    work:
      (heap, [block]) =>
      () => [downsample(heap, block!, [2, 2, 2], "mean")],
    tolerance: { rtol: 1e-6 },
  },
];
