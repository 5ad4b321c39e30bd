import type { Json } from "../../errors.ts";
import { type Attributes, isRecord, type NgffVersion, omeOf, versioned } from "./attributes.ts";

/** The group beside an image's levels that holds its label images. */
export const LABELS_GROUP = "labels";

export interface LabelOptions {
  readonly version: NgffVersion;
  /** The labelled image's group, relative to the label image's. */
  readonly source?: string;
  readonly colors?: readonly {
    readonly value: number;
    readonly rgba: readonly [number, number, number, number];
  }[];
  /** Facts of single labels, such as measurements. */
  readonly properties?: readonly { readonly value: number; readonly [fact: string]: Json }[];
}

/** What no label covers lets the image through; viewers colour the labels themselves. */
export const CLEAR_BACKGROUND = [{ value: 0, rgba: [0, 0, 0, 0] }] as const;

/**
 * The `image-label` attributes of a label image, to be merged with its `imageAttributes`.
 * Source: OME-NGFF 0.4 and 0.5, "image-label".
 */
export function labelAttributes({
  version,
  source = "../../",
  colors,
  properties,
}: LabelOptions): Attributes {
  const label = {
    ...(version === "0.4" ? { version } : {}),
    ...(colors?.length ? { colors: colors.map(({ value, rgba }) => ({ "label-value": value, rgba })) } : {}),
    ...(properties?.length
      ? { properties: properties.map(({ value, ...facts }) => ({ "label-value": value, ...facts })) }
      : {}),
    source: { image: source },
  };
  return versioned(version, { "image-label": label });
}

/** The `image-label` attributes of a label image that were read elsewhere, with the source that it has here. */
export function keptLabelAttributes(version: NgffVersion, kept: Attributes, source = "../../"): Attributes {
  const label = { ...(version === "0.4" ? { version } : {}), ...kept, source: { image: source } };
  return versioned(version, { "image-label": label });
}

/** The attributes of the group `labels/`: the names of the label images in it. */
export function labelsGroupAttributes(version: NgffVersion, names: readonly string[]): Attributes {
  return versioned(version, { labels: names });
}

/** The names of the label images that a group `labels/` lists, of any version. */
export function readLabelNames(attributes: unknown): string[] {
  const { labels } = omeOf(attributes);
  return Array.isArray(labels) ? labels.filter((name) => typeof name === "string") : [];
}

/** What a label image says of itself; undefined where the attributes are of no label image. */
export function readImageLabel(
  attributes: unknown,
): { readonly source?: string; readonly colors: number; readonly properties: number } | undefined {
  const label = omeOf(attributes)["image-label"];
  if (!isRecord(label)) return undefined;
  const source = isRecord(label["source"]) ? label["source"]["image"] : undefined;
  const count = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  return {
    ...(typeof source === "string" ? { source } : {}),
    colors: count(label["colors"]),
    properties: count(label["properties"]),
  };
}
