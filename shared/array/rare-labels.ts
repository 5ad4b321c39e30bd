import { LamellaError } from "../errors.ts";
import type { ArrayNode } from "./nodes.ts";

export function removeRareLabels(input: ArrayNode, _size: number, step: string): ArrayNode {
  throw new LamellaError("UNSUPPORTED_DTYPE", `step ${step} does not take ${input.dtype} yet`, {
    hint: "Cast to bool first.",
  });
}
