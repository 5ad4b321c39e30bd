import type { Json } from "../errors.ts";
import { metadataError } from "./metadata.ts";

/** JSON, and 64-bit integers. */
export type JsonDocument =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonDocument[]
  | { readonly [key: string]: JsonDocument };

const LINE_WIDTH = 80;

/**
 * A metadata document as text: two-space indents, keys as they come, short arrays of scalars on one line. Unlike
 * JSON.stringify it keeps -0 and writes 64-bit integers in full.
 */
export function formatJson(value: JsonDocument, indent = ""): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Object.is(value, -0) ? "-0.0" : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value as readonly JsonDocument[];
    if (items.length === 0) return "[]";
    const line = `[${items.map((item) => formatJson(item)).join(", ")}]`;
    if (items.every((item) => typeof item !== "object" || item === null) && line.length <= LINE_WIDTH)
      return line;
    return `[\n${items.map((item) => deeper + formatJson(item, deeper)).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${formatJson(item, deeper)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

export function encodeJson(value: JsonDocument): Uint8Array {
  return new TextEncoder().encode(`${formatJson(value)}\n`);
}

type Reviver = (this: object, key: string, value: unknown, context?: { source?: string }) => unknown;

/** Integers that a number can't hold become BigInts, where they are an array's fill value. */
const exactFill: Reviver = function (key, value, context) {
  if (key !== "fill_value" || typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const ofArray = "dtype" in this || "data_type" in this;
  const source = context?.source;
  return ofArray && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

/** Consolidated metadata of the largest plates are a tenth of it. */
const MAX_DOCUMENT = 128 * 2 ** 20;

/**
 * Parses a metadata document to an object. Python's bare NaN, Infinity and -Infinity, which are not JSON, are read as
 * those strings. Throws ZARR_METADATA naming `where`.
 */
export function parseJsonObject(bytes: Uint8Array, where: string): { readonly [key: string]: Json } {
  if (bytes.byteLength > MAX_DOCUMENT)
    throw metadataError(where, `${bytes.byteLength} bytes are too many for metadata`);
  const text = new TextDecoder().decode(bytes);
  // A reviver is called for each value, of which attributes may have millions.
  const reviver = text.includes("fill_value") ? exactFill : undefined;
  let value: unknown;
  try {
    value = JSON.parse(text, reviver);
  } catch {
    try {
      value = JSON.parse(quoteNonFinite(text), reviver);
    } catch (cause) {
      throw metadataError(where, `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw metadataError(where, "not a JSON object");
  }
  return value as { readonly [key: string]: Json };
}

function quoteNonFinite(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
