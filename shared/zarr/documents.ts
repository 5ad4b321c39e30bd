import { createHash } from "node:crypto";
import type { Json } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { parseJsonObject } from "./json.ts";
import { metadataError } from "./metadata.ts";

type JsonObject = { readonly [key: string]: Json };

/** The metadata documents of one node of a hierarchy, as found. */
export interface NodeDocuments {
  readonly kind: "array" | "group";
  readonly zarrFormat: 2 | 3;
  /** `zarr.json`, `.zarray` or `.zgroup`. */
  readonly document: JsonObject;
  readonly attributes: JsonObject;
  /** The document's URI, for messages. */
  readonly where: string;
  /** SHA-256 over the documents' names and bytes: changes with any of them. */
  readonly hash: string;
}

/** "a/b" for "/a//b/"; "" for the root. */
export function normalizePath(path: string): string {
  return path.split("/").filter(Boolean).join("/");
}

export function joinKey(path: string, key: string): string {
  return path === "" ? key : `${path}/${key}`;
}

/** Reads what says that there is an array or a group at `path`: v3 first, then v2. Undefined where nothing does. */
export async function readDocuments(store: ObjectStore, path: string): Promise<NodeDocuments | undefined> {
  const v3 = await store.get(joinKey(path, "zarr.json"));
  if (v3) return nodeV3(v3, `${store.uri}/${joinKey(path, "zarr.json")}`);
  const array = await store.get(joinKey(path, ".zarray"));
  const main = array ?? (await store.get(joinKey(path, ".zgroup")));
  if (!main) return undefined;
  const name = array ? ".zarray" : ".zgroup";
  const where = `${store.uri}/${joinKey(path, name)}`;
  const document = parseJsonObject(main, where);
  const attributes = await store.get(joinKey(path, ".zattrs"));
  return {
    kind: array ? "array" : "group",
    zarrFormat: 2,
    document,
    attributes: attributes ? parseJsonObject(attributes, `${store.uri}/${joinKey(path, ".zattrs")}`) : {},
    where,
    hash: hashOf([
      [name, main],
      [".zattrs", attributes],
    ]),
  };
}

function nodeV3(bytes: Uint8Array, where: string): NodeDocuments {
  const document = parseJsonObject(bytes, where);
  const {
    zarr_format: format,
    node_type: kind,
    attributes,
  } = document as { [key: string]: Json | undefined };
  if (format !== 3) throw metadataError(where, `zarr_format is ${JSON.stringify(format)}, not 3`);
  if (kind !== "array" && kind !== "group") {
    throw metadataError(where, `node_type is ${JSON.stringify(kind)}, neither "array" nor "group"`);
  }
  const plain = typeof attributes === "object" && attributes !== null && !Array.isArray(attributes);
  return {
    kind,
    zarrFormat: 3,
    document,
    attributes: plain ? (attributes as JsonObject) : {},
    where,
    hash: hashOf([["zarr.json", bytes]]),
  };
}

function hashOf(documents: readonly (readonly [name: string, bytes: Uint8Array | undefined])[]): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of documents) {
    hash.update(`${name}\0${bytes === undefined ? "absent" : bytes.byteLength}\0`);
    if (bytes) hash.update(bytes);
  }
  return hash.digest("hex");
}
