import { api } from "../../support/traced.ts";
import type { Operations } from "./operation.ts";

/** Elements moved and joined, not changed. */
export const arrays: Operations = {
  stack: ([a, b], { axis }) => api.stack([a, b], axis),
  concatenate: ([a, b], { axis }) => api.concatenate([a, b], axis),
  transpose: ([image], { axes }) => image.transpose(axes),
  flip: ([image], { axis }) => image.flip(axis),
  slice: ([image], { slices }) => image.slice(slices.slice(1, -1)),
  pad: ([image], { pad_width: padWidth, mode }) => image.pad(padWidth, { mode }),
  rechunk: ([image], { to }) => image.rechunk(to),
};
