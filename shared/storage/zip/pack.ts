import type { ObjectStore } from "../store.ts";
import { writeZip, type ZipMember, type ZipWriteOptions } from "./write.ts";

/** Metadata documents of Zarr v3 and v2. */
const DOCUMENT = /(?:^|\/)(?:zarr\.json|\.zgroup|\.zattrs|\.zarray|\.zmetadata)$/;

/**
 * Packs a store's objects into an archive as OME-NGFF's RFC 9 wants it: the root's metadata first, then the other metadata documents breadth
 * first, then all else in the order of their keys. Returns the archive's bytes.
 */
export async function packStore(
  store: ObjectStore,
  sink: { write(bytes: Uint8Array): Promise<void> },
  options: Omit<ZipWriteOptions, "onMember"> & {
    onProgress?: (done: number, total: number, bytes: number) => void;
  } = {},
): Promise<number> {
  const found: { key: string; size: number }[] = [];
  for await (const { key, size } of store.list("")) found.push({ key, size });
  const documents = found.filter(({ key }) => DOCUMENT.test(key));
  const depth = (key: string): number => key.split("/").length;
  documents.sort((a, b) => depth(a.key) - depth(b.key));
  const order = [...documents, ...found.filter(({ key }) => !DOCUMENT.test(key))];
  const members = order.map(
    ({ key, size }): ZipMember => ({
      name: key,
      bytes: size,
      read: async (offset, length) =>
        (await store.getRange(key, offset, length, options.signal ? { signal: options.signal } : {})) ??
        new Uint8Array(0),
    }),
  );
  return writeZip(sink, members, {
    ...options,
    onMember: (done, bytes) => options.onProgress?.(done, order.length, bytes),
  });
}

/** The archive comment of OME-NGFF's RFC 9: JSON, ended by a zero. */
export function ozxComment(version: string): Uint8Array {
  const comment = { ome: { version, zipFile: { centralDirectory: { jsonFirst: true } } } };
  return new TextEncoder().encode(`${JSON.stringify(comment)}\0`);
}
