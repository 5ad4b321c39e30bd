import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { neighbourhoodOf } from "./components.ts";
import type { ArrayNode, LabelNode } from "./nodes.ts";

export interface LabelOptions {
  /** How many axes neighbours may differ in: 1 (faces, the default) up to the number of spatial axes. */
  readonly connectivity?: number;
  readonly dtype?: "uint32" | "uint64";
  readonly step?: string;
}

/**
 * Connected components of the whole array, whatever its chunks, numbered by first element in C order. Equals
 * scipy.ndimage.label. Where axes are typed, only z, y and x connect: each time and channel is a picture of its own,
 * and numbers go on from one to the next.
 */
export function label(input: ArrayNode, options: LabelOptions = {}): ArrayNode {
  const step = options.step ?? "label";
  const { connectivity, connected } = neighbourhoodOf(options.connectivity, input, step);
  if (isFloat(input.dtype)) {
    throw new LamellaError("UNSUPPORTED_DTYPE", `step ${step}: label does not take ${input.dtype}`, {
      hint: "Threshold first, or cast to bool.",
      details: { step, dtype: input.dtype },
    });
  }
  const dtype = options.dtype ?? "uint32";
  if (dtype !== "uint32" && dtype !== "uint64") {
    throw new LamellaError(
      "UNSUPPORTED_DTYPE",
      `step ${step}: labels are uint32 or uint64, not ${String(dtype)}`,
      { hint: "Leave dtype out for uint32; cast the labels afterwards for another one." },
    );
  }
  const node: LabelNode = Object.freeze({
    kind: "label",
    input,
    connectivity,
    connected,
    shape: input.shape,
    chunks: input.chunks,
    dtype,
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}
