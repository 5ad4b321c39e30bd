import type { Axis } from "../../block/axes.ts";
import { isRecord } from "../ngff/attributes.ts";
import { typeOfName } from "../ngff/axes.ts";
import { plainAxes } from "../ngff/dimension-names.ts";
import { unitName } from "../ngff/units.ts";

type Fields = { readonly [key: string]: unknown };

/** Where a dataset stands in the pyramid that its group is. */
export interface N5Level {
  readonly group: Fields;
  /** The dataset's name in the group, "s0". */
  readonly name: string;
  readonly index: number;
}

/**
 * The axes of a dataset of `rank` axes, in C order. Known are the ways of COSEM and CellMap (`transform`, `multiscales`),
 * n5-viewer and neuroglancer (`axes`, `units`, `resolution` or `pixelResolution`, `downsamplingFactors`, `scales`), BigDataViewer and
 * Paintera (`resolution`, `offset`). Without any of them the axes are plain: dim_0, dim_1, ...
 */
export function n5Axes(rank: number, own: Fields, level?: N5Level): Axis[] {
  return fromTransform(rank, own, level) ?? fromResolution(rank, own, level) ?? plainAxes(rank);
}

/** COSEM's: lists in C order, unless `ordering` is "F"; values are the level's own. */
function fromTransform(rank: number, own: Fields, level: N5Level | undefined): Axis[] | undefined {
  const transform = isRecord(own["transform"]) ? own["transform"] : transformInGroup(level);
  if (!transform) return undefined;
  const c = <T>(list: readonly T[] | undefined) =>
    transform["ordering"] === "F" ? list?.toReversed() : list;
  const names = c(strings(transform["axes"], rank));
  if (!names || new Set(names).size < rank) return undefined;
  return build(
    names,
    c(numbers(transform["scale"], rank)),
    c(numbers(transform["translate"], rank)),
    c(strings(transform["units"], rank)),
  );
}

function transformInGroup(level: N5Level | undefined): Fields | undefined {
  const multiscales = level?.group["multiscales"];
  const first: unknown = Array.isArray(multiscales) ? multiscales[0] : undefined;
  const datasets =
    isRecord(first) && Array.isArray(first["datasets"]) ? (first["datasets"] as unknown[]) : [];
  const found = datasets.find((dataset) => isRecord(dataset) && dataset["path"] === level!.name);
  return isRecord(found) && isRecord(found["transform"]) ? found["transform"] : undefined;
}

/** The others': lists x first; the resolution is that of the first level, times the level's factors. */
function fromResolution(rank: number, own: Fields, level: N5Level | undefined): Axis[] | undefined {
  const of = (key: string) => own[key] ?? level?.group[key];
  const pixel = of("pixelResolution");
  const inPixel = isRecord(pixel) ? pixel["dimensions"] : pixel;
  const resolution = numbers(of("resolution"), rank) ?? numbers(inPixel, rank);
  const names = strings(of("axes"), rank);
  const factors = factorsOf(rank, own, level);
  if (!resolution && !names && !factors) return undefined;
  const unit = isRecord(pixel) ? pixel["unit"] : of("unit");
  const units =
    strings(of("units"), rank) ??
    (typeof unit === "string" ? Array.from({ length: rank }, () => unit) : undefined);
  const offset = numbers(of("offset"), rank);
  const scale = Array.from({ length: rank }, (_, i) => (resolution?.[i] ?? 1) * (factors?.[i] ?? 1));
  // The centre of a shrunk element lies in the middle of those that it was made of.
  const translation = scale.map(
    (_, i) => (offset?.[i] ?? 0) + (((factors?.[i] ?? 1) - 1) / 2) * (resolution?.[i] ?? 1),
  );
  const unique = names && new Set(names).size === rank ? names.toReversed() : undefined;
  return build(unique ?? usualNames(rank), scale.toReversed(), translation.toReversed(), units?.toReversed());
}

function factorsOf(rank: number, own: Fields, level: N5Level | undefined): readonly number[] | undefined {
  const mine = numbers(own["downsamplingFactors"], rank);
  if (mine || !level) return mine;
  for (const key of ["downsamplingFactors", "scales"]) {
    const all = level.group[key];
    const found = Array.isArray(all) ? numbers(all[level.index], rank) : undefined;
    if (found) return found;
  }
  return undefined;
}

function usualNames(rank: number): string[] {
  return Array.from({ length: rank }, (_, i) => "tczyx".charAt(5 - rank + i) || `dim_${i}`);
}

function build(
  names: readonly string[],
  scale: readonly number[] | undefined,
  translation: readonly number[] | undefined,
  units: readonly string[] | undefined,
): Axis[] {
  return names.map((name, i): Axis => {
    const type = typeOfName(name);
    const unit = unitName(units?.[i] ?? "");
    const size = scale?.[i] ?? 1;
    return {
      name: type === undefined ? name : name.toLowerCase(),
      ...(type === undefined ? {} : { type }),
      ...(unit === undefined ? {} : { unit }),
      scale: size > 0 ? size : 1,
      translation: translation?.[i] ?? 0,
    };
  });
}

function numbers(value: unknown, rank: number): readonly number[] | undefined {
  return Array.isArray(value) && value.length === rank && value.every((each) => Number.isFinite(each))
    ? (value as number[])
    : undefined;
}

function strings(value: unknown, rank: number): readonly string[] | undefined {
  return Array.isArray(value) &&
    value.length === rank &&
    value.every((each) => typeof each === "string" && each !== "")
    ? (value as string[])
    : undefined;
}
