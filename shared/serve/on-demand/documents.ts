import { imageGroup, provenanceOf } from "../../engine/documents.ts";
import type { Json } from "../../errors.ts";
import { mergeAttributes } from "../../formats/ngff/attributes.ts";
import type { ServedImage, ServedPlan } from "../../plan/compile-served.ts";
import type { StoredArray } from "../../plan/schema.ts";
import { joinKey } from "../../storage/key.ts";
import { encodeJson, type JsonDocument } from "../../zarr/json.ts";
import { arrayMetadataObjects, groupMetadataObjects } from "../../zarr/write.ts";

/**
 * The metadata documents of a served image by their keys in its store: what a run would write, and all of them in one (consolidated),
 * since a web server has no listings.
 */
export function servedDocuments({ plan }: ServedPlan, image: ServedImage): Map<string, Uint8Array> {
  const { planned } = image;
  const documents = new Map<string, Uint8Array>();
  for (const { array, path } of planned.levels) {
    const { spec } = plan.arrays[array] as StoredArray;
    const attributes = planned.kind === "array" ? provenanceOf(plan) : {};
    const described = { ...spec, attributes: { ...spec.attributes, ...attributes } };
    for (const { key, bytes } of arrayMetadataObjects(described)) documents.set(joinKey(path, key), bytes);
  }
  if (planned.kind === "array") return documents;
  const { zarrFormat } = (plan.arrays[planned.levels[0]!.array] as StoredArray).spec;
  const version = zarrFormat === 2 ? "0.4" : "0.5";
  const attributes = mergeAttributes(imageGroup(plan, planned, version, []), provenanceOf(plan));
  const group = groupMetadataObjects(zarrFormat, attributes);
  if (zarrFormat === 3) {
    const metadata = Object.fromEntries(
      [...documents].map(([key, bytes]) => [key.replace(/\/zarr\.json$/, ""), parsed(bytes)]),
    );
    documents.set("zarr.json", consolidatedGroup(parsed(group[0]!.bytes), metadata));
    return documents;
  }
  for (const { key, bytes } of group) documents.set(key, bytes);
  const metadata = Object.fromEntries([...documents].map(([key, bytes]) => [key, parsed(bytes)]));
  documents.set(".zmetadata", encodeJson({ zarr_consolidated_format: 1, metadata }));
  return documents;
}

/** A v3 group's document with those of all that lies in it. */
export function consolidatedGroup(
  document: { readonly [key: string]: Json },
  metadata: { readonly [path: string]: Json },
): Uint8Array {
  const consolidated = { kind: "inline", must_understand: false, metadata };
  return encodeJson({ ...document, consolidated_metadata: consolidated } as JsonDocument);
}

export function parsed(bytes: Uint8Array): { readonly [key: string]: Json } {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as { readonly [key: string]: Json };
}
