import type { Json } from "../../errors.ts";
import { type Attributes, isRecord } from "./attributes.ts";

/** What made an output, so that it can be made again. */
export interface Provenance {
  readonly planHash: string;
  /** Lamella's version. */
  readonly version: string;
  readonly inputs: readonly { readonly uri: string; readonly etag?: string }[];
  /** The operations with their parameters, in the order in which they are applied. */
  readonly operations: readonly Json[];
  /** SHA-256 of each kernel that isn't Lamella's own, by its name. */
  readonly kernels?: { readonly [name: string]: string };
}

const KEY = "lamella";

/** The attributes of an output that say what made it, under the key `lamella`. Signatures in addresses are left out. */
export function provenanceAttributes(provenance: Provenance): Attributes {
  const { planHash, version, inputs, operations, kernels } = provenance;
  return {
    [KEY]: {
      version,
      planHash,
      inputs: inputs.map(({ uri, etag }) => ({ uri: withoutQuery(uri), ...(etag ? { etag } : {}) })),
      operations,
      ...(kernels === undefined ? {} : { kernels }),
    },
  };
}

/** What made the array or group of these attributes; undefined where Lamella didn't. */
export function readProvenance(attributes: unknown): Provenance | undefined {
  const found = isRecord(attributes) ? attributes[KEY] : undefined;
  if (!isRecord(found)) return undefined;
  const { planHash, version, inputs, operations } = found;
  const isWhole = typeof planHash === "string" && typeof version === "string";
  return isWhole && Array.isArray(inputs) && Array.isArray(operations)
    ? (found as unknown as Provenance)
    : undefined;
}

function withoutQuery(uri: string): string {
  return /^https?:/i.test(uri) ? uri.replace(/\?[^#]*/, "") : uri;
}
