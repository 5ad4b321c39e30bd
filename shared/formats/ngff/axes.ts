import type { Axis } from "../../block/axes.ts";
import { LamellaError } from "../../errors.ts";

const TYPES: { readonly [name: string]: NonNullable<Axis["type"]> } = {
  t: "time",
  c: "channel",
  z: "space",
  y: "space",
  x: "space",
};
const RANK = { time: 0, channel: 1, space: 2 } as const;

/** The type that an axis has by its name: t, c, z, y, x in either case. */
export function typeOfName(name: string): Axis["type"] {
  return TYPES[name.toLowerCase()];
}

/**
 * Why axes can't be those of an OME-NGFF image, or undefined where they can: 2 to 5 axes of different names, of
 * which 2 or 3 are of space and at most one each of time and channels, in the order time, channel, space.
 * Source: OME-NGFF 0.4 and 0.5, "axes" and "multiscales".
 */
export function whyNoImage(axes: readonly Axis[]): string | undefined {
  if (axes.length < 2 || axes.length > 5) return `it has ${axes.length} axes, not 2 to 5`;
  if (new Set(axes.map((axis) => axis.name)).size < axes.length) return "two axes have the same name";
  const types = axes.map((axis) => axis.type ?? typeOfName(axis.name));
  const untyped = types.indexOf(undefined);
  if (untyped >= 0) return `axis ${axes[untyped]!.name} is of neither time, channels nor space`;
  const count = (type: Axis["type"]) => types.filter((each) => each === type).length;
  if (count("space") < 2 || count("space") > 3) return `it has ${count("space")} axes of space, not 2 or 3`;
  if (count("time") > 1 || count("channel") > 1) return "it has more than one axis of time or of channels";
  const ranks = types.map((type) => RANK[type ?? "space"]);
  if (ranks.some((rank, i) => i > 0 && rank < ranks[i - 1]!)) {
    return `its axes are in the order ${axes.map((axis) => axis.name).join(", ")}, not time, channel, space`;
  }
  return undefined;
}

/**
 * The axes of a plain array as those of an image: where no name says more, the last axes are t, c, z, y, x. Axes
 * that are an image's already stay as they are, with their types filled in.
 * Throws SHAPE_MISMATCH where they can't be an image's.
 */
export function asImageAxes(axes: readonly Axis[]): Axis[] {
  const isPlain = axes.every((axis) => (axis.type ?? typeOfName(axis.name)) === undefined);
  const named = isPlain
    ? axes.map((axis, i) => ({ ...axis, name: "tczyx".charAt(5 - axes.length + i) || axis.name }))
    : axes;
  const problem = whyNoImage(named);
  if (problem !== undefined) {
    throw new LamellaError("SHAPE_MISMATCH", `This array can't be written as an OME-NGFF image: ${problem}`, {
      hint: "Transpose, slice or stack it to some of t, c, z, y, x in this order, or write it without a pyramid.",
      details: { axes: axes.map((axis) => axis.name) },
    });
  }
  return named.map((axis) => {
    const type = axis.type ?? typeOfName(axis.name);
    return type === undefined ? axis : { ...axis, type };
  });
}
