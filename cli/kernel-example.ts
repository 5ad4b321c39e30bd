import type { Axis } from "../shared/block/axes.ts";
import type { DType } from "../shared/block/dtype.ts";
import type { Json } from "../shared/errors.ts";
import type { Extent, Kernel, ResolvedArgs } from "../shared/kernels/kernel.ts";

/** Values of the parameters that have no default, as one would begin with. */
const BEGIN_WITH: { readonly [kernel: string]: { readonly [parameter: string]: Json } } = {
  convolve: {
    weights: [
      [0, 1, 0],
      [1, 4, 1],
      [0, 1, 0],
    ],
  },
  correlate: { weights: [[-1, 0, 1]] },
  differenceOfGaussians: { lowSigma: 1 },
  distancePass: { axis: "x", first: true },
  gaussian: { sigma: 1.5 },
  gaussianGradientMagnitude: { sigma: 1.5 },
  gaussianLaplace: { sigma: 1.5 },
  greyClosing: { size: 3 },
  greyDilation: { size: 3 },
  greyErosion: { size: 3 },
  greyOpening: { size: 3 },
  hysteresisLevels: { low: 400, high: 800 },
  maximum: { size: 3 },
  median: { size: 3 },
  minimum: { size: 3 },
  percentile: { percentile: 90, size: 3 },
  rank: { rank: 4, size: 3 },
  removeSmallHoles: { maxSize: 50 },
  removeSmallObjects: { minSize: 50 },
  rescaleIntensity: { inRange: [0, 4000], outRange: [0, 1] },
  richardsonLucy: { sigma: 1.5 },
  threshold: { above: 800 },
  uniform: { size: 3 },
};

const AXES: readonly Axis[] = ["z", "y", "x"].map((name) => ({
  name,
  type: "space",
  scale: 1,
  translation: 0,
}));

export interface KernelExample {
  readonly args: { readonly [parameter: string]: Json };
  readonly dtype: DType;
  readonly gives: DType;
  readonly extent: Extent;
  /** A step of a pipeline on a volume of z, y and x. */
  readonly step: string;
}

/** A kernel with arguments to begin with, on a volume of z, y and x. Reads nothing. */
export function exampleOf(kernel: Kernel): KernelExample {
  const args = BEGIN_WITH[kernel.name] ?? {};
  const dtype = kernel.accepts.includes("uint16") ? "uint16" : kernel.accepts[0]!;
  const resolved = resolvedOn(kernel, args, dtype);
  const inputs = Array.from({ length: kernel.inputs }, () => dtype);
  const extent = kernel.extent(resolved, AXES.length, inputs);
  return {
    args,
    dtype,
    gives: kernel.outputDType(inputs, resolved),
    extent,
    step: stepOf(kernel, args, extent),
  };
}

/** The dtype that comes out of each that goes in, with arguments to begin with. */
export function dtypesOf(kernel: Kernel): ReadonlyMap<DType, DType> {
  const args = BEGIN_WITH[kernel.name] ?? {};
  return new Map(
    kernel.accepts.map((dtype) => {
      const inputs = Array.from({ length: kernel.inputs }, () => dtype);
      return [dtype, kernel.outputDType(inputs, resolvedOn(kernel, args, dtype))];
    }),
  );
}

function resolvedOn(kernel: Kernel, args: KernelExample["args"], dtype: DType): ResolvedArgs {
  const inputs = Array.from({ length: kernel.inputs }, () => dtype);
  return kernel.resolve(kernel.args.parse(args), { axes: AXES, inputs });
}

function stepOf(kernel: Kernel, args: KernelExample["args"], extent: Extent): string {
  const shown = Object.keys(args).length === 0 ? "" : `, args: ${flow(args)}`;
  // several arrays meet in the operation of the same name
  if (kernel.inputs > 1) return `{ op: ${kernel.name}, in: image, markers: seeds, mask: bright }`;
  const head = `in: image, kernel: ${kernel.name}${shown}`;
  if (extent.kind !== "reach") return `{ op: mapBlocks, ${head} }`;
  return `{ op: mapOverlap, ${head}, depth: ${depthOf(extent.reach)}, boundary: reflect }`;
}

function depthOf(reach: readonly (readonly [number, number])[]): string {
  const depths = reach.map(([before, after]) => Math.max(before, after));
  return depths.every((depth) => depth === depths[0]) ? String(depths[0]) : `[${depths.join(", ")}]`;
}

/** JSON as YAML writes it in a line. */
function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${flow(each as Json)}`)
    .join(", ")} }`;
}
