import { DTYPES, type DType, isDType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import type { ArrayNode, CastNode } from "./nodes.ts";

/** numpy's astype, with the interface's rules: float to integer truncates and saturates, NaN gives 0; integers wrap. */
export function castTo(input: ArrayNode, dtype: string, step: string = input.step): ArrayNode {
  if (!isDType(dtype)) {
    throw new LamellaError("UNSUPPORTED_DTYPE", `step ${step}: dtype ${dtype} is not known`, {
      hint: `Use one of ${DTYPES.join(", ")}.`,
    });
  }
  if (dtype === input.dtype) return input;
  const node: CastNode = Object.freeze({
    kind: "cast",
    input,
    shape: input.shape,
    chunks: input.chunks,
    dtype: dtype as DType,
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}
