import { type Json, LamellaError } from "../errors.ts";
import { openObject, openStore, parseUri } from "../storage/uri.ts";
import { parseJsonObject } from "../zarr/json.ts";
import { findZarrNode, openZarrNode } from "../zarr/read.ts";
import { checkDocument, type Described } from "./document.ts";
import { type Finding, Findings } from "./findings.ts";
import { loadSchemas } from "./schemas.ts";
import { validateGroup } from "./validate-group.ts";

export type { Finding, FindingCode } from "./findings.ts";

export interface ValidateOptions {
  /** What the specification recommends (names, colours, how levels were made) counts as an error too. */
  readonly strict?: boolean;
}

export interface ValidationReport {
  readonly uri: string;
  readonly valid: boolean;
  /** Of OME-NGFF, as found; null where none is said. */
  readonly version: string | null;
  /** "image", "plate", "well", "label", "labels", "series", "ome"; null where nothing says. */
  readonly kind: string | null;
  readonly strict: boolean;
  /** What is wrong: where, and what to do. At most 1,000. */
  readonly errors: readonly Finding[];
  /** What is allowed, but not as the specification recommends. At most 1,000. */
  readonly warnings: readonly Finding[];
  /** Findings beyond those. */
  readonly more: number;
}

/**
 * Holds an OME-Zarr of version 0.4 or 0.5 to its specification: each group's metadata to OME-NGFF's JSON schemas and to what
 * they can't say, and the metadata to the arrays and groups that they name. Pixels aren't read. A URI of a metadata document
 * (`.zattrs`, `zarr.json`, or the attributes alone in a file named `.json`) is checked by itself.
 *
 * Throws NOT_FOUND, NOT_ZARR, ZARR_METADATA where there is nothing to hold to it, and the errors of stores.
 */
export async function validate(uri: string, options: ValidateOptions = {}): Promise<ValidationReport> {
  const strict = options.strict ?? false;
  const findings = new Findings();
  const schemas = await loadSchemas();
  const document = await documentAt(uri);
  if (document) {
    const place = { file: document.file, pointer: document.pointer };
    return report(
      uri,
      findings,
      checkDocument(findings, schemas, document.attributes, place, { strict }),
      strict,
    );
  }
  const { component = "", ...location } = parseUri(uri);
  const store = await openStore(location);
  const node = (await findZarrNode(store, component)) ?? (await openZarrNode(store, component));
  if (node.kind === "array") {
    throw new LamellaError("NOT_FOUND", `${node.array.label} is a Zarr array, not an OME-Zarr group`, {
      hint: "Name the group of the image that it is a level of.",
      details: { uri: store.uri, path: component },
    });
  }
  return report(uri, findings, await validateGroup({ store, findings, schemas, strict }, node.group), strict);
}

function report(uri: string, findings: Findings, described: Described, strict: boolean): ValidationReport {
  const { errors, warnings, dropped } = findings;
  const kind = described.kinds[0] ?? (described.isLabelsGroup ? "labels" : null);
  return {
    uri,
    valid: errors.length === 0,
    version: described.version ?? null,
    kind: kind === "bf2raw" ? "series" : kind,
    strict,
    errors,
    warnings,
    more: dropped,
  };
}

interface Document {
  readonly attributes: Json;
  readonly file: string;
  readonly pointer: string;
}

const MAX_DOCUMENT = 64 * 2 ** 20;

/** The attributes in a metadata document, where the URI names one and no folder. */
async function documentAt(uri: string): Promise<Document | undefined> {
  const location = parseUri(uri);
  if (location.component !== undefined || !/(?:\.json|\/\.zattrs|^\.zattrs)$/i.test(uri)) return undefined;
  const { store, key } = await openObject(location);
  const info = await store.head(key);
  if (!info) return undefined;
  if (info.size > MAX_DOCUMENT) {
    throw new LamellaError("ZARR_METADATA", `${uri} is ${info.size} bytes long, too long for metadata`, {
      hint: "Name the Zarr, or its zarr.json or .zattrs.",
      details: { uri },
    });
  }
  const bytes = await store.get(key);
  if (!bytes) return undefined;
  const document = parseJsonObject(bytes, uri);
  const isNode = "zarr_format" in document && "attributes" in document;
  return isNode
    ? { attributes: document["attributes"]!, file: key, pointer: "/attributes" }
    : { attributes: document, file: key, pointer: "" };
}
