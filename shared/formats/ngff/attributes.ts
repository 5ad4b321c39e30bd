import type { Json } from "../../errors.ts";

/** The versions of OME-NGFF that Lamella writes: 0.4 on Zarr v2, 0.5 on Zarr v3. */
export type NgffVersion = "0.4" | "0.5";

/** The attributes of a Zarr group: `.zattrs` in v2, `attributes` in v3. */
export interface Attributes {
  readonly [key: string]: Json;
}

/** Puts metadata where a version has it: at the root in 0.4, under `ome` beside the version in 0.5. */
export function versioned(version: NgffVersion, metadata: Attributes): Attributes {
  return version === "0.4" ? metadata : { ome: { version, ...metadata } };
}

/** Several metadata of one group as one: a label image is an image, and may say where it comes from. */
export function mergeAttributes(...parts: readonly Attributes[]): Attributes {
  const merged: { [key: string]: Json } = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      const before = merged[key];
      merged[key] = key === "ome" && isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
    }
  }
  return merged;
}

/** The OME metadata of a group of any version: under `ome` since 0.5, at the root before. */
export function omeOf(attributes: unknown): { readonly [key: string]: unknown } {
  if (!isRecord(attributes)) return {};
  return isRecord(attributes["ome"]) ? attributes["ome"] : attributes;
}

export function isRecord<T = unknown>(value: unknown): value is { readonly [key: string]: T } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
