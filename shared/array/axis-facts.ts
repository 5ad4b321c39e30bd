import type { Axis, Channel } from "../block/axes.ts";
import { MOST_BLOCKS } from "../block/limits.ts";
import type { ArrayNode } from "./nodes.ts";

/** An axis of which nothing is known but its name. */
export function plainAxis(name: string): Axis {
  return { name, scale: 1, translation: 0 };
}

/** `wanted`, or with a number behind it where that is taken. */
export function freeName(wanted: string, axes: readonly Axis[]): string {
  let name = wanted;
  for (let i = 2; axes.some((axis) => axis.name === name); i++) name = `${wanted}_${i}`;
  return name;
}

/** The coordinates of an axis's elements, where they are known one by one and still fit it. */
export function coordinatesOf(axis: Axis, n: number): readonly (number | string)[] | undefined {
  return axis.coordinates?.length === n ? axis.coordinates : undefined;
}

/**
 * An axis of which elements were picked. Where they lie evenly, in either direction, the scale is their distance and the
 * origin that of the lowest: a picture that is turned around stays in its place. Otherwise each has the coordinate that it had.
 * Channels have names, not places.
 */
export function pickedAxis(axis: Axis, indices: readonly number[], n: number): Axis {
  const known = coordinatesOf(axis, n);
  const { coordinates: _, ...even } = axis;
  if (!known && axis.type === "channel") return even;
  if (known) return { ...even, coordinates: indices.map((i) => known[i]!) };
  const first = indices[0];
  if (first === undefined) return even;
  const step = (indices[1] ?? first + 1) - first;
  if (step !== 0 && indices.every((index, i) => index === first + i * step)) {
    const lowest = step > 0 ? first : indices.at(-1)!;
    return {
      ...even,
      scale: axis.scale * Math.abs(step),
      translation: axis.translation + lowest * axis.scale,
    };
  }
  const placed = axis.unit !== undefined || axis.scale !== 1 || axis.translation !== 0;
  const { unit: __, ...rest } = even;
  return {
    ...rest,
    scale: 1,
    translation: 0,
    ...(placed ? { coordinates: indices.map((i) => axis.translation + i * axis.scale) } : {}),
  };
}

/** An axis whose elements no longer are those of its coordinates. */
export function withoutCoordinates({ coordinates: _, ...axis }: Axis): Axis {
  return axis;
}

/** An axis of which every `factor` elements became one, that lies in their middle. */
export function coarsenedAxis(axis: Axis, factor: number): Axis {
  if (axis.type === "channel") return withoutCoordinates(axis);
  return {
    ...withoutCoordinates(axis),
    scale: axis.scale * factor,
    translation: axis.translation + ((factor - 1) / 2) * axis.scale,
  };
}

/** The channels of an array of which `count` elements were picked along an axis; none of so many that no list of them can be kept. */
export function pickedChannels(
  input: ArrayNode,
  axis: number,
  count: number,
  picked: (i: number) => number,
): Pick<ArrayNode, "channels"> {
  const { channels } = input;
  if (!channels) return {};
  if (input.axes[axis]?.type !== "channel") return { channels };
  if (count > MOST_BLOCKS) return {};
  return {
    channels: Array.from({ length: count }, (_, i): Channel => {
      const from = picked(i);
      return channels[from] ?? { label: `Channel ${from}` };
    }),
  };
}
