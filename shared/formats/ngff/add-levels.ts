import type { Json } from "../../errors.ts";
import { type Attributes, isRecord } from "./attributes.ts";
import { type DownsampleMethod, describeMethod, type Level, levelAxis } from "./multiscales.ts";
import { identity, readTransformations } from "./transformations.ts";

/**
 * The attributes of an image's group with other levels after the first one, which stays as it is, as do further multiscales
 * and all else. Scales and translations follow from the first level's own.
 */
export function withLevels(
  attributes: Attributes,
  levels: readonly Level[],
  method: DownsampleMethod,
): Attributes {
  return changeFirst(attributes, (multiscale) => {
    const [first] = multiscale["datasets"] as readonly { readonly coordinateTransformations?: Json }[];
    const rank = levels[0]!.shape.length;
    const own =
      readTransformations(first!.coordinateTransformations, rank, {
        skip: () => false,
        fail: (problem) => new Error(problem),
      }) ?? identity(rank);
    const datasets = levels.slice(1).map(({ path, factors }) => {
      const axes = factors.map((factor, i) => {
        const axis = { name: "", scale: own.scale[i]!, translation: own.translation[i]! };
        return levelAxis(axis, factor, method);
      });
      const translation = axes.map((axis) => axis.translation);
      return {
        path,
        coordinateTransformations: [
          { type: "scale", scale: axes.map((axis) => axis.scale) },
          ...(translation.some((offset) => offset !== 0) ? [{ type: "translation", translation }] : []),
        ],
      };
    });
    return {
      ...multiscale,
      datasets: [first as Json, ...datasets],
      type: method,
      metadata: { method, description: describeMethod(method) },
    };
  });
}

/** The attributes of an image's group without the levels after the first one. */
export function withoutLevels(attributes: Attributes): Attributes {
  return changeFirst(attributes, (multiscale) => ({
    ...multiscale,
    datasets: (multiscale["datasets"] as readonly Json[]).slice(0, 1),
  }));
}

/** Changes the first multiscale, wherever the version has it. */
function changeFirst(attributes: Attributes, change: (multiscale: Attributes) => Attributes): Attributes {
  const { ome } = attributes;
  if (isRecord(ome)) return { ...attributes, ome: changeFirst(ome as Attributes, change) };
  const [first, ...others] = attributes["multiscales"] as readonly Attributes[];
  return { ...attributes, multiscales: [change(first!), ...others] };
}
