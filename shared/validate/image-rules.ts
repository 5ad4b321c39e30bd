import { isRecord } from "../formats/ngff/attributes.ts";
import { dimensionOf } from "../formats/ngff/units.ts";
import { at, type Findings, type Place } from "./findings.ts";
import type { SchemaVersion } from "./schemas.ts";

type Fields = { readonly [key: string]: unknown };

/** An entry of `multiscales` that the schema has passed. */
export interface Multiscale {
  readonly axes: readonly { readonly name: string; readonly type?: string; readonly unit?: string }[];
  readonly datasets: readonly {
    readonly path: string;
    readonly coordinateTransformations: readonly TransformationItem[];
  }[];
  readonly coordinateTransformations?: readonly TransformationItem[];
}

interface TransformationItem {
  readonly type: string;
  readonly scale?: readonly number[];
  readonly translation?: readonly number[];
}

const RANKS: { readonly [type: string]: number } = { time: 0, channel: 1, space: 2 };

/**
 * What the specification asks of an image's metadata and its schema can't say: axes' names and order, transformations as long
 * as there are axes, paths that differ. Source: OME-NGFF 0.4 and 0.5, "axes" and "multiscales".
 */
export function checkImageRules(findings: Findings, ome: Fields, version: SchemaVersion, place: Place): void {
  const multiscales = ome["multiscales"] as readonly Multiscale[];
  for (const [i, multiscale] of multiscales.entries()) {
    const here = at(place, "multiscales", i);
    checkAxes(findings, multiscale.axes, at(here, "axes"));
    const whole = { findings, version, rank: multiscale.axes.length };
    const paths = new Set<string>();
    for (const [j, dataset] of multiscale.datasets.entries()) {
      const there = at(here, "datasets", j);
      checkTransformations(whole, dataset.coordinateTransformations, at(there, "coordinateTransformations"));
      if (paths.has(dataset.path)) {
        findings.error(
          "DATASETS",
          at(there, "path"),
          `two datasets have the path ${JSON.stringify(dataset.path)}`,
          "Each level is an array of its own: leave one of them out.",
        );
      }
      paths.add(dataset.path);
    }
    const { coordinateTransformations } = multiscale;
    if (coordinateTransformations)
      checkTransformations(whole, coordinateTransformations, at(here, "coordinateTransformations"));
  }
  if (isRecord(ome["omero"])) checkColors(findings, ome["omero"], at(place, "omero", "channels"));
}

function checkAxes(findings: Findings, axes: Multiscale["axes"], place: Place): void {
  const names = axes.map((axis) => axis.name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0) {
    findings.error(
      "AXES",
      at(place, twice, "name"),
      `two axes have the name ${JSON.stringify(names[twice])}`,
      "Give each axis a name of its own.",
    );
  }
  // Axes of a type of their own stand where channels do.
  const ranks = axes.map((axis) => RANKS[axis.type ?? ""] ?? 1);
  const early = ranks.findIndex((rank, i) => i > 0 && rank < ranks[i - 1]!);
  if (early >= 0) {
    findings.error(
      "AXES",
      at(place, early),
      `axis ${JSON.stringify(names[early])} comes after ${JSON.stringify(names[early - 1])}: the order is time, channel (or another type), space`,
      "Transpose the arrays and the metadata to this order.",
    );
  }
  for (const type of ["time", "channel"]) {
    const count = axes.filter((axis) => axis.type === type).length;
    if (count > 1)
      findings.error(
        "AXES",
        place,
        `${count} axes are of type ${type}; there may be one`,
        "Give the others another type.",
      );
  }
  const bare = axes.filter(({ type, unit }) => unit === undefined && (type === "space" || type === "time"));
  if (bare.length > 0) {
    findings.warn(
      "AXES",
      place,
      `${bare.map(({ name }) => name).join(", ")} ${bare.length === 1 ? "has" : "have"} no unit`,
      'Add "unit", such as "micrometer" or "second", where it is known.',
    );
  }
  for (const [i, { type, unit }] of axes.entries()) {
    if (unit === undefined) continue;
    const dimension = dimensionOf(unit);
    if ((type === "space" && dimension !== "length") || (type === "time" && dimension !== "time")) {
      findings.warn(
        "AXES",
        at(place, i, "unit"),
        `${JSON.stringify(unit)} is no unit of ${type} that the specification lists`,
        `Write e.g. ${type === "space" ? '"micrometer"' : '"second"'}.`,
      );
    }
  }
}

function checkTransformations(
  {
    findings,
    version,
    rank,
  }: { readonly findings: Findings; readonly version: SchemaVersion; readonly rank: number },
  items: readonly TransformationItem[],
  place: Place,
): void {
  for (const [i, item] of items.entries()) {
    const numbers = item.scale ?? item.translation ?? [];
    if (numbers.length !== rank) {
      // 0.4's own suite holds an image with a scale too short to be valid.
      findings[version === "0.4" ? "warn" : "error"](
        "TRANSFORMATION",
        at(place, i, item.type),
        `${item.type} has ${numbers.length} numbers for ${rank} axes`,
        "Give one number for each axis.",
      );
    }
    if (item.type === "scale" && numbers.some((n) => !(n > 0))) {
      findings.error(
        "TRANSFORMATION",
        at(place, i, "scale"),
        "a scale isn't above 0",
        "A scale is the size of an element.",
      );
    }
  }
  const scale = items.findIndex((item) => item.type === "scale");
  const translation = items.findIndex((item) => item.type === "translation");
  if (translation >= 0 && translation < scale) {
    findings.error(
      "TRANSFORMATION",
      at(place, translation),
      "a translation comes before the scale",
      "Put the scale first.",
    );
  }
  if (items.filter((item) => item.type === "translation").length > 1)
    findings.error("TRANSFORMATION", place, "there is more than one translation", "Add them up to one.");
}

function checkColors(findings: Findings, omero: Fields, place: Place): void {
  const channels = Array.isArray(omero["channels"]) ? (omero["channels"] as readonly Fields[]) : [];
  for (const [i, channel] of channels.entries()) {
    const color = isRecord(channel) ? channel["color"] : undefined;
    if (typeof color === "string" && !/^[0-9a-f]{6}$/i.test(color)) {
      findings.error(
        "OMERO",
        at(place, i, "color"),
        `${JSON.stringify(color)} is not six hexadecimal digits`,
        'Write red, green and blue as in "00FF00".',
      );
    }
  }
}
