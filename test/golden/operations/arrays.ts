import { api } from "../../support/traced.ts";
import type { Operations } from "./operation.ts";

/** How many elements are missing to a multiple. */
function missing(length: number, factor: number): number {
  return (factor - (length % factor)) % factor;
}

/** Elements moved and joined, not changed. */
export const arrays: Operations = {
  stack: ([a, b], { axis }) => api.stack([a, b], axis),
  concatenate: ([a, b], { axis }) => api.concatenate([a, b], axis),
  transpose: ([image], { axes }) => image.transpose(axes),
  flip: ([image], { axis }) => image.flip(axis),
  slice: ([image], { slices }) => image.slice(slices.slice(1, -1)),
  pad: ([image], { pad_width: padWidth, mode }) => image.pad(padWidth, { mode }),
  roll: ([image], { shift, axis }) => image.roll(shift, axis),
  take: ([image], { indices, axis }) => image.take(indices, axis),
  reshape: ([image], { shape }) => image.reshape(shape),
  coarsen: ([image], { reduction, axes, trim_excess: trimExcess }) =>
    image.coarsen(reduction, axes, { trimExcess }),
  // The reference fills up with zeros what the factors leave over.
  downscale_local_mean: ([image], { factors: [rows, columns] }) =>
    image
      .pad([
        [0, missing(image.shape[0]!, rows)],
        [0, missing(image.shape[1]!, columns)],
      ])
      .coarsen("mean", { 0: rows, 1: columns }),
  rechunk: ([image], { to }) => image.rechunk(to),
};
