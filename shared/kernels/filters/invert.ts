import * as z from "zod";
import { newBlock } from "../../block/block.ts";
import { DTYPES, integerRange, isBigInt, isFloat, isUnsigned } from "../../block/dtype.ts";
import { dtypeCode } from "../cast.ts";
import type { Kernel } from "../kernel.ts";

interface InvertExports {
  invert(dtype: number, src: number, dst: number, n: number, signed: boolean): void;
}

const schema = z.strictObject({
  signedFloat: z.boolean().default(false).describe("Floats are from -1 to 1, and become -x instead of 1 - x"),
});

/**
 * What is dark becomes bright: the dtype's largest value less the element, of signed integers -1 less it, of floats 1
 * less it. Gives the input's dtype. Equals skimage.util.invert.
 */
export const invertKernel: Kernel<z.output<typeof schema>> = {
  name: "invert",
  summary: "What is dark becomes bright: the dtype's largest value less the element",
  equals: "skimage.util.invert",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ signedFloat }) {
    return { signedFloat };
  },

  outputDType([input]) {
    return input!;
  },

  extent() {
    return { kind: "pointwise" };
  },

  scratchBytes() {
    return 0;
  },

  costPerElement() {
    return 0.2;
  },

  run(heap, [input], args) {
    const output = heap.alloc(input!.dtype, input!.shape);
    const { invert } = heap.exports as unknown as InvertExports;
    invert(dtypeCode(input!.dtype), input!.ptr, output.ptr, output.data.length, args["signedFloat"] === true);
    return output;
  },

  reference([input], args) {
    const { dtype, data } = input!;
    const result = newBlock(dtype, input!.shape);
    const target = result.data as { [i: number]: number | bigint };
    const from = isUnsigned(dtype) ? integerRange(dtype)[1] : -1n;
    for (let i = 0; i < data.length; i++) {
      if (isFloat(dtype)) target[i] = args["signedFloat"] === true ? -data[i]! : 1 - (data[i] as number);
      else if (isBigInt(dtype)) target[i] = from - (data[i] as bigint);
      else target[i] = Number(from) - (data[i] as number);
    }
    return result;
  },
};
