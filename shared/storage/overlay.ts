import type { ObjectStore, ReadOptions } from "./store.ts";

/** A read-only view of a store in which some keys hold other bytes: documents that are not written yet. */
export function overlay(store: ObjectStore, documents: ReadonlyMap<string, Uint8Array>): ObjectStore {
  return {
    uri: store.uri,
    get: async (key: string, options?: ReadOptions) => documents.get(key) ?? store.get(key, options),
    getRange: async (key, offset, length, options) => {
      const bytes = documents.get(key);
      if (!bytes) return store.getRange(key, offset, length, options);
      const from = offset < 0 ? Math.max(0, bytes.length + offset) : offset;
      return bytes.slice(from, from + length);
    },
    head: async (key, options) => {
      const bytes = documents.get(key);
      return bytes ? { size: bytes.length, etag: "overlay" } : store.head(key, options);
    },
    put: (key, bytes, options) => store.put(key, bytes, options),
    putIfAbsent: (key, bytes, options) => store.putIfAbsent(key, bytes, options),
    delete: (key) => store.delete(key),
    list: (prefix, options) => store.list(prefix, options),
    listDirectory: (prefix) => store.listDirectory(prefix),
    child: (path) => {
      const inside = [...documents].filter(([key]) => key.startsWith(`${path}/`));
      return overlay(
        store.child(path),
        new Map(inside.map(([key, bytes]) => [key.slice(path.length + 1), bytes])),
      );
    },
  };
}
