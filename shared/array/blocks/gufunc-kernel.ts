import { LamellaError } from "../../errors.ts";
import type { KernelCall } from "../../kernels/kernel-call.ts";
import { mapBlocks } from "../map.ts";
import type { ArrayNode } from "../nodes.ts";
import type { GufuncOptions } from "./gufunc.ts";
import { coreBack, coreLast, placesOf, wholeCore } from "./gufunc-axes.ts";
import { parseSignature } from "./gufunc-signature.ts";

/**
 * A built-in kernel over core dimensions, "(y,x)->(y,x)": it sees them whole, and along all other axes each position is a
 * picture of its own. Throws INVALID_ARGUMENT for a signature that no built-in kernel has.
 */
export function applyKernelGufunc(
  call: KernelCall,
  signature: string,
  inputs: readonly ArrayNode[],
  options: GufuncOptions & { readonly step: string },
): ArrayNode {
  const { step } = options;
  const parsed = parseSignature(signature, step);
  const [core] = parsed.inputs;
  const other = ["keepdims", "outputSizes", "outputDtypes", "scratch"].find((name) => name in options);
  if (
    parsed.inputs.length !== 1 ||
    parsed.outputs.length !== 1 ||
    core!.join() !== parsed.outputs[0]!.join() ||
    inputs.length !== 1 ||
    other
  ) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: kernel ${call.kernel} takes one array and keeps its dimensions${other ? `: ${other} is for own kernels` : ""}`,
      { hint: 'Write the signature as "(i,j)->(i,j)", or use module.' },
    );
  }
  const places = placesOf(parsed, inputs, options, step);
  const arranged = wholeCore(
    coreLast(inputs[0]!, places.inputs[0], step),
    inputs[0]!.shape.length - core!.length,
  );
  const result = mapBlocks(arranged, call, {
    step,
    core: core!.length,
    ...(options.dtype === undefined ? {} : { dtype: options.dtype }),
  });
  return coreBack(result, core!.length, places.outputs[0] ?? places.inputs[0], false, [], step);
}
