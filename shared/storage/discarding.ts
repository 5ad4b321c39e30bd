import type { ObjectInfo, ObjectStore } from "./store.ts";

/** A view of a store that takes writes and keeps none of them: for work that is done again only to be looked at. */
export function discarding(store: ObjectStore): ObjectStore {
  const taken = async (bytes: Uint8Array): Promise<ObjectInfo> => ({
    size: bytes.byteLength,
    etag: "discarded",
  });
  return {
    uri: store.uri,
    get: (key, options) => store.get(key, options),
    getRange: (key, offset, length, options) => store.getRange(key, offset, length, options),
    head: (key, options) => store.head(key, options),
    list: (prefix, options) => store.list(prefix, options),
    listDirectory: (prefix) => store.listDirectory(prefix),
    put: (_key, bytes) => taken(bytes),
    putIfAbsent: async () => true,
    delete: async () => {},
    child: (path) => discarding(store.child(path)),
  };
}
