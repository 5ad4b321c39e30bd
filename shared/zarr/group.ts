import type { Json } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { joinKey, type NodeDocuments, readDocuments } from "./documents.ts";

export interface ZarrChild {
  /** Below the group; without slashes. */
  readonly name: string;
  readonly kind: "array" | "group";
}

/** An opened Zarr group. */
export interface ZarrGroup {
  readonly label: string;
  readonly zarrFormat: 2 | 3;
  readonly attributes: { readonly [key: string]: Json };
  /** SHA-256 of the metadata documents, for fingerprints. */
  readonly metadataHash: string;
  readonly store: ObjectStore;
  readonly path: string;
  /** The arrays and groups directly below, by name; numbers in numbers' order. */
  listChildren(): Promise<ZarrChild[]>;
}

/** Children whose documents are looked at together. */
const PROBES_AT_ONCE = 16;

const byName = new Intl.Collator("en", { numeric: true }).compare;

export class StoredGroup implements ZarrGroup {
  readonly label: string;
  readonly zarrFormat: 2 | 3;
  readonly attributes: { readonly [key: string]: Json };
  readonly metadataHash: string;
  readonly store: ObjectStore;
  readonly path: string;
  readonly #documents: NodeDocuments;

  constructor(store: ObjectStore, path: string, documents: NodeDocuments) {
    this.store = store;
    this.path = path;
    this.label = path === "" ? store.uri : `${store.uri}#${path}`;
    this.zarrFormat = documents.zarrFormat;
    this.attributes = documents.attributes;
    this.metadataHash = documents.hash;
    this.#documents = documents;
  }

  async listChildren(): Promise<ZarrChild[]> {
    const children = consolidated(this.#documents) ?? (await this.#probe());
    return children.sort((a, b) => byName(a.name, b.name));
  }

  async #probe(): Promise<ZarrChild[]> {
    const entries = await this.store.listDirectory(this.path === "" ? "" : `${this.path}/`);
    const names = entries.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
    const children: ZarrChild[] = [];
    for (let at = 0; at < names.length; at += PROBES_AT_ONCE) {
      const some = names.slice(at, at + PROBES_AT_ONCE);
      const kinds = await Promise.all(some.map((name) => this.#kindOf(joinKey(this.path, name))));
      some.forEach((name, i) => {
        const kind = kinds[i];
        if (kind) children.push({ name, kind });
      });
    }
    return children;
  }

  /** A child whose documents can't be read is not counted, and doesn't hide the others. */
  async #kindOf(path: string): Promise<"array" | "group" | undefined> {
    try {
      return (await readDocuments(this.store, path))?.kind;
    } catch {
      return undefined;
    }
  }
}

/** v3's consolidated metadata lies in the group's own document, and saves the listing (HTTP has none). */
function consolidated({ document }: NodeDocuments): ZarrChild[] | undefined {
  const block = document["consolidated_metadata"] as
    | { readonly metadata?: { readonly [path: string]: Json } }
    | null
    | undefined;
  if (!block || typeof block.metadata !== "object" || block.metadata === null) return undefined;
  const children: ZarrChild[] = [];
  for (const [name, child] of Object.entries(block.metadata)) {
    const kind = (child as { readonly node_type?: Json } | null)?.node_type;
    if (!name.includes("/") && (kind === "array" || kind === "group")) children.push({ name, kind });
  }
  return children;
}
