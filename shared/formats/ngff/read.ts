import type { Axis, ImageMetadata } from "../../block/axes.ts";
import { type Json, LamellaError } from "../../errors.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { isRecord, omeOf } from "./attributes.ts";
import { typeOfName } from "./axes.ts";
import { readChannels } from "./omero.ts";
import { combine, identity, readTransformations, type Transformation } from "./transformations.ts";
import { unitName } from "./units.ts";

/** An OME-Zarr image's metadata, of any version up to 0.5, or of 0.6 as far as it says the same. */
export interface NgffImage {
  readonly version: string;
  readonly name?: string;
  /** Axes with the scale and translation of the first dataset. */
  readonly metadata: ImageMetadata;
  /** The levels, largest first; scale and translation per axis, in the axes' units. */
  readonly datasets: readonly NgffDataset[];
  /** The `omero` block as found. */
  readonly omero?: { readonly [key: string]: Json };
}

export interface NgffDataset extends Transformation {
  /** Relative to the image's group; not yet checked to be a safe key. */
  readonly path: string;
}

type Fields = { readonly [key: string]: unknown };

/** True for the attributes of an image's group. */
export function isImage(attributes: unknown): boolean {
  return Array.isArray(omeOf(attributes)["multiscales"]);
}

/**
 * Reads the attributes of an image's group, its first multiscale. 0.1 and 0.2 have no axes: they are t, c, z, y, x.
 * `label` names the group in errors. Throws ZARR_METADATA naming what is wrong.
 */
export function readImage(attributes: unknown, label: string): NgffImage {
  const ome = omeOf(attributes);
  const multiscale = first(ome["multiscales"], "multiscales", label);
  const version = text(ome["version"]) ?? text(multiscale["version"]) ?? (ome === attributes ? "0.4" : "0.5");
  const bare = readAxes(multiscale["axes"] ?? systemAxes(multiscale), version, label);
  const datasets = readDatasets(multiscale, bare.length, label);
  const { scale, translation } = datasets[0]!;
  const axes = bare.map((axis, i) => ({ ...axis, scale: scale[i]!, translation: translation[i]! }));
  const name = text(multiscale["name"]) ?? text(ome["name"]);
  const channels = readChannels(ome["omero"]);
  return {
    version,
    ...(name === undefined ? {} : { name }),
    metadata: {
      ...(name === undefined ? {} : { name }),
      axes,
      ...(channels === undefined ? {} : { channels }),
      ...readValues(multiscale["metadata"]),
    },
    datasets,
    ...(isRecord<Json>(ome["omero"]) ? { omero: ome["omero"] } : {}),
  };
}

/** What the values mean, as Lamella keeps it beside the pyramid's method. */
function readValues(metadata: unknown): Pick<ImageMetadata, "values"> {
  const values = isRecord(metadata) ? metadata["values"] : undefined;
  if (!isRecord(values) || typeof values["photometric"] !== "string") return {};
  const { photometric, palette } = values;
  const colors = Array.isArray(palette) ? palette.filter((color) => typeof color === "string") : [];
  return { values: { photometric, ...(colors.length > 0 ? { palette: colors } : {}) } };
}

/**
 * The attributes of the group at a store's root, from `zarr.json` (v3) or `.zattrs` (v2); undefined where
 * neither is. Throws ZARR_METADATA where it isn't JSON.
 */
export async function readGroupAttributes(store: ObjectStore): Promise<Fields | undefined> {
  const v3 = await readJson(store, "zarr.json");
  if (v3 !== undefined) return isRecord(v3["attributes"]) ? v3["attributes"] : {};
  return readJson(store, ".zattrs");
}

async function readJson(store: ObjectStore, key: string): Promise<Fields | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalid(`${store.uri}/${key}`, `it is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isRecord(value)) throw invalid(`${store.uri}/${key}`, "it is no JSON object");
  return value;
}

/** 0.6 has named coordinate systems: the axes are those of the one that the first level leads to. */
function systemAxes(multiscale: Fields): unknown {
  const systems = multiscale["coordinateSystems"];
  if (!Array.isArray(systems)) return undefined;
  const [dataset] = Array.isArray(multiscale["datasets"]) ? multiscale["datasets"] : [];
  const transformations = isRecord(dataset) ? dataset["coordinateTransformations"] : undefined;
  const first: unknown = Array.isArray(transformations) ? transformations[0] : undefined;
  const output = isRecord(first) ? first["output"] : undefined;
  const name = isRecord(output) ? output["name"] : output;
  const system: unknown = systems.find((each) => isRecord(each) && each["name"] === name) ?? systems[0];
  return isRecord(system) ? system["axes"] : undefined;
}

function readAxes(value: unknown, version: string, label: string): Axis[] {
  if (value === undefined && (version === "0.1" || version === "0.2"))
    return [..."tczyx"].map((name) => axisOf(name));
  if (value === undefined) throw invalid(label, `multiscales[0] (version ${version}) has no axes`);
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(label, "multiscales[0].axes is no list of axes");
  const axes = value.map((axis: unknown, i): Axis => {
    // 0.3 has bare names.
    if (typeof axis === "string") return axisOf(axis);
    const name = isRecord(axis) ? text(axis["name"]) : undefined;
    if (name === undefined) throw invalid(label, `multiscales[0].axes[${i}] has no name`);
    return axisOf(name, (axis as Fields)["type"], text((axis as Fields)["unit"]));
  });
  const names = axes.map((axis) => axis.name);
  if (new Set(names).size < names.length)
    throw invalid(label, `two axes have the same name: ${names.join(", ")}`);
  return axes;
}

function axisOf(name: string, type?: unknown, unit?: string): Axis {
  const known = type === undefined ? typeOfName(name) : type;
  return {
    name,
    ...(known === "time" || known === "channel" || known === "space" ? { type: known } : {}),
    ...(unit === undefined ? {} : { unit: unitName(unit) ?? unit }),
    scale: 1,
    translation: 0,
  };
}

function readDatasets(multiscale: Fields, rank: number, label: string): NgffDataset[] {
  const { datasets } = multiscale;
  if (!Array.isArray(datasets) || datasets.length === 0)
    throw invalid(label, "multiscales[0] has no datasets");
  const whole = readTransformations(multiscale["coordinateTransformations"], rank, {
    // A transformation that names an input leads to another coordinate system than the image's own.
    skip: (transformation) => "input" in transformation,
    fail: (problem) => invalid(label, `multiscales[0].coordinateTransformations: ${problem}`),
  });
  return datasets.map((dataset: unknown, i) => {
    const where = `multiscales[0].datasets[${i}]`;
    const path = isRecord(dataset) ? text(dataset["path"]) : undefined;
    if (path === undefined) throw invalid(label, `${where} has no path`);
    const own = readTransformations((dataset as Fields)["coordinateTransformations"], rank, {
      skip: () => false,
      fail: (problem) => invalid(label, `${where}.coordinateTransformations: ${problem}`),
    });
    return { path, ...combine(own ?? identity(rank), whole ?? identity(rank)) };
  });
}

function first(value: unknown, key: string, label: string): Fields {
  if (value === undefined) throw invalid(label, `it has no ${key}, so it is no OME-Zarr image`);
  const item: unknown = Array.isArray(value) ? value[0] : undefined;
  if (!isRecord(item)) throw invalid(label, `${key} is no list of objects`);
  return item;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function invalid(label: string, problem: string): LamellaError {
  return new LamellaError("ZARR_METADATA", `The OME-NGFF metadata of ${label} can't be read: ${problem}`, {
    hint: "Look at it with `lamella validate`; mend the attributes, or name the array itself after #.",
    details: { uri: label },
  });
}
