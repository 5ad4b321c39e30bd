import type { Json } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { joinKey, readDocuments } from "./documents.ts";
import { encodeJson, parseJsonObject } from "./json.ts";
import { metadataError } from "./metadata.ts";

type JsonObject = { readonly [key: string]: Json };

/** Metadata documents of arrays in a group, by path in it; undefined where an array has gone. */
export type ChangedArrays = ReadonlyMap<string, { readonly [key: string]: Uint8Array } | undefined>;

/**
 * Changes the attributes of a group that is there, in one put. Where its metadata, or that of groups above it in the store, are
 * consolidated, the copies follow: readers look at those first. Throws ZARR_METADATA where there is no group.
 */
export async function updateGroup(
  store: ObjectStore,
  path: string,
  change: (attributes: JsonObject) => JsonObject,
  arrays: ChangedArrays = new Map(),
): Promise<void> {
  const documents = await readDocuments(store, path);
  if (documents?.kind !== "group") throw metadataError(`${store.uri}/${path}`, "there is no Zarr group");
  const attributes = change(documents.attributes);
  if (documents.zarrFormat === 3) {
    const group = consolidated({ ...documents.document, attributes }, "", arrays);
    await put(store, joinKey(path, "zarr.json"), group);
    await above(path, async (ancestor, below) => {
      const key = joinKey(ancestor, "zarr.json");
      const document = await readJson(store, key);
      if (isObject(document?.["consolidated_metadata"]))
        await put(
          store,
          key,
          consolidated(document, below, new Map([...arrays, ["", { "zarr.json": encodeJson(group) }]])),
        );
    });
    return;
  }
  await put(store, joinKey(path, ".zattrs"), attributes);
  await above(path, (ancestor, below) => updateV2(store, ancestor, below, attributes, arrays), true);
}

/** Calls for each group above, the nearest first, with the path from there. */
async function above(
  path: string,
  visit: (ancestor: string, below: string) => Promise<void>,
  self = false,
): Promise<void> {
  const parts = path === "" ? [] : path.split("/");
  for (let i = self ? parts.length : parts.length - 1; i >= 0; i--)
    await visit(parts.slice(0, i).join("/"), parts.slice(i).join("/"));
}

/** A v3 group's document with its copies of what lies in it brought up to date, where it has such. */
function consolidated(document: JsonObject, below: string, arrays: ChangedArrays): JsonObject {
  const block = document["consolidated_metadata"];
  if (!isObject(block) || !isObject(block["metadata"])) return document;
  const metadata = { ...block["metadata"] };
  for (const [name, documents] of arrays) {
    const path = joinKey(below, name).replace(/\/$/, "");
    const bytes = documents?.["zarr.json"];
    if (bytes) metadata[path] = parseJsonObject(bytes, path);
    else delete metadata[path];
  }
  return { ...document, consolidated_metadata: { ...block, metadata } };
}

async function updateV2(
  store: ObjectStore,
  ancestor: string,
  below: string,
  attributes: JsonObject,
  arrays: ChangedArrays,
): Promise<void> {
  const key = joinKey(ancestor, ".zmetadata");
  const document = await readJson(store, key);
  if (!document || !isObject(document["metadata"])) return;
  const metadata: { [key: string]: Json } = {
    ...document["metadata"],
    [joinKey(below, ".zattrs")]: attributes,
  };
  for (const [name, documents] of arrays) {
    for (const file of [".zarray", ".zattrs"]) {
      const entry = joinKey(joinKey(below, name), file);
      const bytes = documents?.[file];
      if (bytes) metadata[entry] = parseJsonObject(bytes, entry);
      else delete metadata[entry];
    }
  }
  await put(store, key, { ...document, metadata });
}

async function readJson(store: ObjectStore, key: string): Promise<JsonObject | undefined> {
  const bytes = await store.get(key);
  return bytes && parseJsonObject(bytes, `${store.uri}/${key}`);
}

async function put(store: ObjectStore, key: string, document: JsonObject): Promise<void> {
  await store.put(key, encodeJson(document), { contentType: "application/json" });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
