import type { ArrayNode } from "../array/nodes.ts";
import { fromZarr } from "../array/open.ts";
import { asTczyx } from "../array/tczyx.ts";
import { isFloat } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import { isRecord, omeOf } from "../formats/ngff/attributes.ts";
import { LABELS_GROUP, readLabelNames } from "../formats/ngff/labels.ts";
import { isImage, readGroupAttributes } from "../formats/ngff/read.ts";
import { type ImageRequest, outputLevels } from "../plan/outputs.ts";
import { isSafeKey, joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { findZarrNode } from "../zarr/read.ts";

/** A label image that goes with an image. */
export interface LabelSource {
  readonly name: string;
  readonly node: ArrayNode;
  /** Its `image-label`: colours, properties. */
  readonly imageLabel: { readonly [key: string]: Json };
}

/** Label images of one image, at most. */
const MOST_LABELS = 1024;

/**
 * The label images of an OME-Zarr image, as TCZYX arrays. What is listed and isn't there, or isn't of integers, is left
 * out. Throws INVALID_ARGUMENT for more than 1,024.
 */
export async function labelsOfZarr(store: ObjectStore, uri: string, image: string): Promise<LabelSource[]> {
  const folder = joinKey(image, LABELS_GROUP);
  const names = new Set(readLabelNames(await readGroupAttributes(store.child(folder))));
  if (names.size > MOST_LABELS) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `${uri}#${folder} lists ${names.size} label images, more than ${MOST_LABELS}`,
      {
        hint: "List fewer in the attributes of that group.",
        details: { uri, path: folder },
      },
    );
  }
  const labels: LabelSource[] = [];
  for (const name of [...names].filter(isSafeKey)) {
    const path = joinKey(folder, name);
    const found = await findZarrNode(store, path);
    if (found?.kind !== "group" || !isImage(found.group.attributes)) continue;
    const node = asTczyx(await fromZarr(uri, { component: path, step: name }));
    if (isFloat(node.dtype) || node.dtype === "bool") continue;
    const { version: _, ...own } = recordOf(omeOf(found.group.attributes)["image-label"]);
    labels.push({ name, node, imageLabel: own });
  }
  return labels;
}

function recordOf(value: unknown): { readonly [key: string]: Json } {
  return isRecord<Json>(value) ? value : {};
}

/** Writes labels beside their image, with as many levels. */
export function labelRequest({ name, node, imageLabel }: LabelSource, image: ImageRequest): ImageRequest {
  const { pyramid: _, ...options } = image.options;
  return {
    node,
    kind: "labels",
    path: joinKey(joinKey(image.path, LABELS_GROUP), name),
    metadata: { name, axes: node.axes },
    options,
    parentLevels: outputLevels(image).map((level) => level.shape),
    windows: false,
    imageLabel,
  };
}
