import type { LazyArray, ReduceOptions } from "../../../shared/index.ts";
import type { Operation, Operations } from "./operation.ts";

/** numpy's parameters as ours: an axis of null is all axes. */
function reduction(run: (image: LazyArray, options: ReduceOptions) => LazyArray): Operation {
  return ([image], { axis, keepdims, ddof }) =>
    run(image, {
      ...(axis === null || axis === undefined ? {} : { axis }),
      ...(keepdims ? { keepdims } : {}),
      ...(ddof === undefined ? {} : { ddof }),
    });
}

export const reductions: Operations = {
  sum: reduction((image, options) => image.sum(options)),
  mean: reduction((image, options) => image.mean(options)),
  max: reduction((image, options) => image.max(options)),
  min: reduction((image, options) => image.min(options)),
  std: reduction((image, options) => image.std(options)),
  var: reduction((image, options) => image.var(options)),
  any: reduction((image, options) => image.any(options)),
  all: reduction((image, options) => image.all(options)),
  argmax: reduction((image, options) => image.argmax(options)),
  argmin: reduction((image, options) => image.argmin(options)),
  cumsum: ([image], { axis }) => image.cumsum({ axis }),
  nansum: reduction((image, options) => image.nansum(options)),
  nanmean: reduction((image, options) => image.nanmean(options)),
  nanmax: reduction((image, options) => image.nanmax(options)),
  nanmin: reduction((image, options) => image.nanmin(options)),
};
