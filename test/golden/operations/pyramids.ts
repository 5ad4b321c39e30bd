import type { StoreOptions } from "../../../shared/array/runner.ts";
import type { Operation, Operations } from "./operation.ts";

function pyramid(method: NonNullable<StoreOptions["pyramid"]>["method"]): Operation {
  return ([image], { level, factor }) => ({
    array: image,
    options: { pyramid: { levels: level + 1, factors: factor, ...(method ? { method } : {}) } },
    level,
  });
}

/** Levels as outputs are stored with them. */
export const pyramids: Operations = {
  pyramid_mean: pyramid("mean"),
  pyramid_mode: pyramid("mode"),
  pyramid_nearest: pyramid("nearest"),
};
