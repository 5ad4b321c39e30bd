import { type Attributes, type NgffVersion, omeOf, versioned } from "./attributes.ts";

/** The group of a file's metadata, beside the groups of its images. */
export const OME_GROUP = "OME";
/** The OME-XML of all images, in their order. */
export const OME_XML_KEY = "OME/METADATA.ome.xml";

/** The groups of the images of a file, in its order: "0", "1", ... */
export function seriesPaths(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/**
 * The attributes of the root of several images from one file.
 * Source: OME-NGFF 0.4 and 0.5, "bioformats2raw.layout".
 */
export function seriesRootAttributes(version: NgffVersion): Attributes {
  return versioned(version, { "bioformats2raw.layout": 3 });
}

/** The attributes of the group `OME/`: where the images are, in the order of the OME-XML. */
export function omeGroupAttributes(version: NgffVersion, paths: readonly string[]): Attributes {
  return versioned(version, { series: paths });
}

/** True for the attributes of a root that holds images as bioformats2raw lays them out. */
export function isSeriesRoot(attributes: unknown): boolean {
  return omeOf(attributes)["bioformats2raw.layout"] === 3;
}

/** The paths that a group `OME/` lists; undefined where it lists none, when images are "0", "1", ... */
export function readSeriesPaths(attributes: unknown): string[] | undefined {
  const { series } = omeOf(attributes);
  return Array.isArray(series) ? series.filter((path) => typeof path === "string") : undefined;
}
