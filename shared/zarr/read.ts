import { LamellaError } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { StoredArray, type ZarrArray } from "./array.ts";
import { joinKey, type NodeDocuments, normalizePath, readDocuments } from "./documents.ts";
import { StoredGroup, type ZarrChild, type ZarrGroup } from "./group.ts";
import { parseMetadataV2 } from "./metadata-v2.ts";
import { parseMetadataV3 } from "./metadata-v3.ts";

export type { ZarrArray } from "./array.ts";
export type { ZarrChild, ZarrGroup } from "./group.ts";

/** How deep, and how many, arrays are looked for when a hint wants to name some. */
const HINT_DEPTH = 3;
const HINT_ARRAYS = 8;

/**
 * Opens the Zarr array (v2 or v3) at `path` of a store, "" for its root. Reads its metadata documents only.
 * Throws NOT_FOUND (naming the arrays that there are), NOT_ZARR, ZARR_METADATA, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC.
 */
export async function openZarrArray(store: ObjectStore, path = ""): Promise<ZarrArray> {
  const node = await openZarrNode(store, path);
  if (node.kind === "array") return node.array;
  const arrays = await arraysBelow(node.group, HINT_DEPTH);
  throw new LamellaError("NOT_FOUND", `${node.group.label} is a Zarr group, not an array`, {
    hint: hintOf(store, arrays),
    details: { uri: store.uri, path: node.group.path, arrays },
  });
}

/** Opens the Zarr group at `path` of a store, "" for its root. Throws NOT_FOUND, NOT_ZARR, ZARR_METADATA. */
export async function openZarrGroup(store: ObjectStore, path = ""): Promise<ZarrGroup> {
  const normal = normalizePath(path);
  const documents = await documentsAt(store, normal);
  if (documents.kind === "group") return new StoredGroup(store, normal, documents);
  throw new LamellaError("NOT_FOUND", `${labelOf(store, normal)} is a Zarr array, not a group`, {
    hint: "Name the group that holds it.",
    details: { uri: store.uri, path: normal },
  });
}

export type ZarrNode =
  | { readonly kind: "array"; readonly array: ZarrArray }
  | { readonly kind: "group"; readonly group: ZarrGroup };

/** Opens whichever of the two is at `path`. Throws as `openZarrArray` does. */
export async function openZarrNode(store: ObjectStore, path = ""): Promise<ZarrNode> {
  const normal = normalizePath(path);
  return nodeOf(store, normal, await documentsAt(store, normal));
}

/** As `openZarrNode`; undefined where there is no node, without looking for what was meant. */
export async function findZarrNode(store: ObjectStore, path = ""): Promise<ZarrNode | undefined> {
  const normal = normalizePath(path);
  const documents = await readDocuments(store, normal);
  return documents && nodeOf(store, normal, documents);
}

function nodeOf(store: ObjectStore, normal: string, documents: NodeDocuments): ZarrNode {
  if (documents.kind === "group") return { kind: "group", group: new StoredGroup(store, normal, documents) };
  const { zarrFormat, document, attributes, where, hash } = documents;
  const metadata =
    zarrFormat === 2 ? parseMetadataV2(document, attributes, where) : parseMetadataV3(document, where);
  return { kind: "array", array: new StoredArray(store, normal, metadata, hash, where) };
}

async function documentsAt(store: ObjectStore, path: string): Promise<NodeDocuments> {
  const documents = await readDocuments(store, path);
  if (documents) return documents;
  const label = labelOf(store, path);
  const group = path === "" ? undefined : await nearestGroup(store, path);
  if (group) {
    const arrays = await arraysBelow(group, HINT_DEPTH);
    throw new LamellaError(
      "NOT_FOUND",
      `${label}: the Zarr group at ${group.label} holds nothing of that name`,
      {
        hint: hintOf(store, arrays),
        details: { uri: store.uri, path, arrays },
      },
    );
  }
  if (await hasObjects(store, path)) {
    throw new LamellaError(
      "NOT_ZARR",
      `${label} is neither a Zarr array nor a group: no zarr.json, .zarray or .zgroup`,
      {
        hint: "Name the folder that holds zarr.json or .zarray; for other formats, convert first: lamella convert SRC DST.",
        details: { uri: store.uri, path },
      },
    );
  }
  throw new LamellaError("NOT_FOUND", `${label}: there is nothing here`, {
    hint: "Check the path; a component of a group is named behind #, as in image.zarr#0.",
    details: { uri: store.uri, path },
  });
}

async function nearestGroup(store: ObjectStore, path: string): Promise<ZarrGroup | undefined> {
  const parts = path.split("/");
  while (parts.length > 0) {
    parts.pop();
    const above = parts.join("/");
    const documents = await readDocuments(store, above);
    if (documents?.kind === "group") return new StoredGroup(store, above, documents);
  }
  return undefined;
}

/** Paths of a few arrays below a group. A store that can't list (HTTP) gives none. */
async function arraysBelow(group: ZarrGroup, depth: number): Promise<string[]> {
  const found: string[] = [];
  const children = await group.listChildren().catch((): ZarrChild[] => []);
  for (const { name, kind } of children) {
    if (found.length >= HINT_ARRAYS) break;
    const path = joinKey(group.path, name);
    if (kind === "array") found.push(path);
    else if (depth > 1) {
      const below = await openZarrGroup(group.store, path).catch(() => undefined);
      if (below) found.push(...(await arraysBelow(below, depth - 1)));
    }
  }
  return found.slice(0, HINT_ARRAYS);
}

function hintOf(store: ObjectStore, arrays: readonly string[]): string {
  if (arrays.length === 0) return "No array was found there. Name one behind #, as in image.zarr#0.";
  return `Did you mean ${arrays[0]}? Arrays there: ${arrays.join(", ")}. Name one as ${store.uri}#${arrays[0]}.`;
}

async function hasObjects(store: ObjectStore, path: string): Promise<boolean> {
  try {
    return (await store.listDirectory(path === "" ? "" : `${path}/`)).length > 0;
  } catch {
    return false;
  }
}

function labelOf(store: ObjectStore, path: string): string {
  return path === "" ? store.uri : `${store.uri}#${path}`;
}
