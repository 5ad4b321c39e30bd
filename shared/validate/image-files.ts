import { isRecord } from "../formats/ngff/attributes.ts";
import { joinKey } from "../storage/key.ts";
import type { ZarrArray, ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import { at, type Place } from "./findings.ts";
import type { Multiscale } from "./image-rules.ts";
import { forEach, openArray, type Validation } from "./store.ts";

/** An image's levels as they were found; undefined where one couldn't be opened. */
export interface ImageFiles {
  readonly levels: readonly (ZarrArray | undefined)[];
  readonly axes: Multiscale["axes"];
}

/**
 * Holds an image's metadata against its arrays: they are there, of as many axes as the metadata has, of one dtype and the
 * right Zarr format, named as the axes, ever smaller, with scales that grow as they shrink; `omero` has the channels that
 * there are. The attributes have passed the schema. Returns the first multiscale's arrays.
 */
export async function checkImageFiles(
  validation: Validation,
  group: ZarrGroup,
  { ome, place }: Described,
): Promise<ImageFiles> {
  const multiscales = ome["multiscales"] as readonly Multiscale[];
  let first: ImageFiles | undefined;
  for (const [i, multiscale] of multiscales.entries()) {
    const here = at(place, "multiscales", i);
    const levels: (ZarrArray | undefined)[] = multiscale.datasets.map(() => undefined);
    await forEach(validation, multiscale.datasets, async ({ path }, level) => {
      const named = at(here, "datasets", level, "path");
      levels[level] = await openArray(validation, joinKey(group.path, path), "LEVEL", named);
    });
    for (const [level, array] of levels.entries())
      if (array) checkLevel(validation, group, multiscale, array, at(here, "datasets", level));
    checkShrinking(validation, multiscale, levels, at(here, "datasets"));
    first ??= { levels, axes: multiscale.axes };
  }
  checkOmero(validation, ome, first!, at(place, "omero", "channels"));
  return first!;
}

function checkLevel(
  { findings }: Validation,
  group: ZarrGroup,
  { axes }: Multiscale,
  array: ZarrArray,
  place: Place,
): void {
  const named = at(place, "path");
  if (array.zarrFormat !== group.zarrFormat) {
    findings.error(
      "VERSION",
      named,
      `${array.path} is Zarr v${array.zarrFormat} in a group of v${group.zarrFormat}`,
      "Write all of an image in one format.",
    );
  }
  if (array.shape.length !== axes.length) {
    findings.error(
      "RANK",
      named,
      `${array.path} has ${array.shape.length} dimensions, the metadata ${axes.length} axes`,
      "Give one axis for each dimension.",
    );
    return;
  }
  if (group.zarrFormat !== 3) return;
  const names = axes.map((axis) => axis.name);
  const found = array.dimensionNames;
  if (found?.every((name, i) => name === names[i])) return;
  findings.error(
    "DIMENSION_NAMES",
    { file: `${array.path}/zarr.json`, pointer: "/dimension_names" },
    found
      ? `dimension_names are ${JSON.stringify(found)}, the axes ${JSON.stringify(names)}`
      : "there are no dimension_names",
    `Set them to ${JSON.stringify(names)}.`,
  );
}

function checkShrinking(
  { findings }: Validation,
  multiscale: Multiscale,
  levels: readonly (ZarrArray | undefined)[],
  place: Place,
): void {
  const rank = multiscale.axes.length;
  const scales = multiscale.datasets.map(
    ({ coordinateTransformations }) => coordinateTransformations.find((item) => item.type === "scale")?.scale,
  );
  const first = levels[0];
  for (let i = 1; i < levels.length; i++) {
    const [before, level] = [levels[i - 1], levels[i]];
    if (!level || level.shape.length !== rank) continue;
    const named = at(place, i, "path");
    if (first && level.dtype !== first.dtype) {
      findings.error(
        "DTYPE",
        named,
        `${level.path} is ${level.dtype}, the first level ${first.dtype}`,
        "Write all levels with one dtype.",
      );
    }
    if (before && before.shape.length === rank) {
      if (level.shape.some((n, axis) => n > before.shape[axis]!)) {
        findings.error(
          "SHAPE",
          named,
          `${level.path} is ${level.shape.join(" x ")}, larger than the level before: ${before.shape.join(" x ")}`,
          "List the levels from the largest to the smallest.",
        );
        continue;
      }
      if (level.shape.every((n, axis) => n === before.shape[axis]!)) {
        findings.warn(
          "SHAPE",
          named,
          `${level.path} is as large as the level before: ${level.shape.join(" x ")}`,
          "A level should be smaller along one axis at least.",
        );
      }
    }
    const [scale, whole] = [scales[i], scales[0]];
    if (!first || first.shape.length !== rank || scale?.length !== rank || whole?.length !== rank) continue;
    if (!whole.every((n) => n > 0)) continue;
    const axis = level.shape.findIndex((n, k) => !fits(first.shape[k]!, n, scale[k]! / whole[k]!));
    if (axis < 0) continue;
    const factor = first.shape[axis]! / Math.max(1, level.shape[axis]!);
    findings.error(
      "SCALE",
      at(place, i, "coordinateTransformations"),
      `along ${multiscale.axes[axis]!.name} the scale grows ${round(scale[axis]! / whole[axis]!)} times, while the array shrinks ${round(factor)} times (${first.shape[axis]} to ${level.shape[axis]})`,
      `Multiply the first level's scale by what the array shrinks by: about ${round(whole[axis]! * factor)}.`,
    );
  }
}

/** Whether n elements, `factor` times as large, cover what `whole` did, however sizes were rounded on the way. */
function fits(whole: number, n: number, factor: number): boolean {
  return Math.abs(n - whole / factor) <= 1 + 1e-6 * n || Math.abs((n * factor) / whole - 1) <= 0.01;
}

function round(n: number): number {
  return Number(n.toPrecision(4));
}

function checkOmero(
  { findings }: Validation,
  ome: Described["ome"],
  { levels, axes }: ImageFiles,
  place: Place,
): void {
  const channels = isRecord(ome["omero"]) ? ome["omero"]["channels"] : undefined;
  const shape = levels.find((level) => level)?.shape;
  if (!Array.isArray(channels) || !shape || shape.length !== axes.length) return;
  const axis = axes.findIndex(({ name, type }) => type === "channel" || (type === undefined && name === "c"));
  const count = axis < 0 ? 1 : shape[axis]!;
  if (channels.length === count) return;
  findings.error(
    "OMERO",
    place,
    `omero has ${channels.length} channels, the image ${count}`,
    "List each channel once, in the order of the channel axis.",
  );
}
