import type { z } from "zod";
import { type Block, newBlock } from "../../block/block.ts";
import { DTYPES, type DType, isUnsigned, itemSize } from "../../block/dtype.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { castReference, dtypeCode } from "../cast.ts";
import { callMath, hostMath } from "../expr/host-math.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { roundHalfEven } from "./clahe.ts";
import { largestOf } from "./img-as-float.ts";

interface AdjustExports {
  adjust(
    how: number,
    dtype: number,
    src: number,
    dst: number,
    n: number,
    scale: number,
    a: number,
    b: number,
  ): void;
  lookUp(size: number, table: number, src: number, dst: number, n: number): void;
}

/** The kernel module's codes of the curves. */
const CURVES = ["gamma", "log", "inverseLog", "sigmoid", "inverseSigmoid"] as const;

type Curve = (typeof CURVES)[number];

/** A curve with its two parameters: the exponent and the gain, the cutoff and the gain. */
interface Resolved {
  readonly curve: Curve;
  readonly a: number;
  readonly b: number;
}

export interface Adjustment<Args> {
  readonly name: string;
  readonly summary: string;
  readonly equals: string;
  readonly args: z.ZodType<Args>;
  resolve(args: Args): Resolved;
}

/**
 * A kernel that changes intensities along a curve, from 0 to the dtype's largest value, of floats 1. Gives the input's
 * dtype: integers are truncated, and saturate. Negative elements are refused when they are met.
 */
export function adjustmentKernel<Args>({
  name,
  summary,
  equals,
  args: schema,
  resolve,
}: Adjustment<Args>): Kernel<Args> {
  return {
    name,
    summary,
    equals,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(args) {
      return resolve(args) as unknown as { readonly [name: string]: Json };
    },

    outputDType([input]) {
      return input!;
    },

    extent() {
      return { kind: "pointwise" };
    },

    scratchBytes(_shape, [input]) {
      return takesTable(input!) ? 2 * aligned(tableLength(input!) * itemSize(input!)) : 0;
    },

    costPerElement(_args, _ndim, [input]) {
      return takesTable(input!) ? 1.2 : 25;
    },

    run(heap, [input], args) {
      refuseNegative(input!, name);
      const output = heap.alloc(input!.dtype, input!.shape);
      const { dtype } = input!;
      if (!takesTable(dtype) || output.data.length < tableLength(dtype)) {
        adjustAll(heap, input!, output, resolved(args));
        return output;
      }
      const values = heap.alloc(dtype, [tableLength(dtype)]);
      for (let i = 0; i < values.data.length; i++) values.data[i] = i;
      const table = heap.alloc(dtype, values.shape);
      adjustAll(heap, values, table, resolved(args));
      const { lookUp } = heap.exports as unknown as AdjustExports;
      lookUp(itemSize(dtype), table.ptr, input!.ptr, output.ptr, output.data.length);
      for (const block of [values, table]) heap.free(block);
      return output;
    },

    reference([input], args) {
      refuseNegative(input!, name);
      const result = newBlock("float64", input!.shape);
      const values = castReference(input!, "float64");
      for (let i = 0; i < values.data.length; i++) {
        result.data[i] = adjusted(resolved(args), input!.dtype, values.data[i] as number);
      }
      return castReference(result, input!.dtype);
    },
  };
}

/** Signed dtypes have entries for what is negative too, which aren't met. */
function takesTable(dtype: DType): boolean {
  return itemSize(dtype) <= 2 && dtype !== "float16";
}

function tableLength(dtype: DType): number {
  return 2 ** (8 * itemSize(dtype));
}

function adjustAll(heap: Heap, from: HeapBlock, to: HeapBlock, { curve, a, b }: Resolved): void {
  const { adjust } = heap.exports as unknown as AdjustExports;
  const { dtype, data } = from;
  adjust(CURVES.indexOf(curve), dtypeCode(dtype), from.ptr, to.ptr, data.length, largestOf(dtype), a, b);
}

function refuseNegative({ dtype, data }: Block, name: string): void {
  if (isUnsigned(dtype)) return;
  for (let i = 0; i < data.length; i++) {
    if (data[i]! >= 0 || Number.isNaN(data[i])) continue;
    throw new LamellaError("TASK_FAILED", `${name} takes no negative intensities, and met ${data[i]}`, {
      hint: "Bring the image to 0 and above first: with rescaleIntensity, or an expression such as clip(image, 0, 1).",
    });
  }
}

/** With the module's own functions, which give the same bits everywhere. */
function adjusted({ curve, a, b }: Resolved, dtype: DType, x: number): number {
  const scale = largestOf(dtype);
  const unit = x / scale;
  switch (curve) {
    case "gamma":
      return dtype === "uint8"
        ? Math.min(roundHalfEven(255 * b * hostMath().powerF64(unit, a)), 255)
        : hostMath().powerF64(unit, a) * scale * b;
    case "log":
      return callMath("log2", [1 + unit]) * scale * b;
    case "inverseLog":
      return (hostMath().powerF64(2, unit) - 1) * scale * b;
    default: {
      const share = 1 / (1 + callMath("exp", [b * (a - unit)]));
      return (curve === "sigmoid" ? share : 1 - share) * scale;
    }
  }
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
