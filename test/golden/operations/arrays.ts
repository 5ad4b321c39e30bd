import { api } from "../../support/traced.ts";
import type { Operations } from "./operation.ts";

/** Elements moved, joined and resampled. */
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
  downscale_local_mean: ([image], { factors }) => image.downscaleLocalMean(factors),
  zoom: ([image], { zoom, order, mode }) => image.zoom(zoom, { order, mode }),
  affine_transform: ([image], { matrix, offset, order, mode, cval }) =>
    image.affineTransform(matrix, { offset, order, mode, cval }),
  resize: ([image], { shape, order, anti_aliasing: antiAliasing, mode, preserve_range: preserveRange }) =>
    image.resize(shape, { order, antiAliasing, mode, preserveRange }),
  tensordot: ([a, b], { axes }) => a.tensordot(b, axes),
  rechunk: ([image], { to }) => image.rechunk(to),
};
