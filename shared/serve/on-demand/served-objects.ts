import { SERVED_FOLDER } from "../../plan/compile-served.ts";
import type { ObjectStore } from "../../storage/store.ts";
import type { Objects } from "./worker-protocol.ts";

/** What a task reads and writes of arrays that are served: handed in and out, never stored. */
export interface ServedObjects {
  /** A store in which the keys of served arrays are these objects. */
  over(store: ObjectStore): ObjectStore;
  give(objects: Objects): void;
  /** What was written since, with bytes of its own; what was given is forgotten. */
  taken(): Objects;
}

export function servedObjects(): ServedObjects {
  const given = new Map<string, Uint8Array | undefined>();
  const written = new Map<string, Uint8Array>();
  const isServed = (key: string): boolean => key.startsWith(`${SERVED_FOLDER}/`);
  return {
    over: (store) => ({
      uri: store.uri,
      get: async (key, options) => (isServed(key) ? given.get(key)?.slice() : store.get(key, options)),
      getRange: async (key, offset, length, options) => {
        if (!isServed(key)) return store.getRange(key, offset, length, options);
        const bytes = given.get(key);
        const from = offset < 0 ? Math.max(0, (bytes?.byteLength ?? 0) + offset) : offset;
        return bytes?.slice(from, from + (offset < 0 ? -offset : length));
      },
      head: async (key, options) => {
        if (!isServed(key)) return store.head(key, options);
        const bytes = given.get(key);
        return bytes && { size: bytes.byteLength, etag: "served" };
      },
      put: async (key, bytes, options) => {
        if (!isServed(key)) return store.put(key, bytes, options);
        // The writer uses its bytes again.
        written.set(key, bytes.slice());
        return { size: bytes.byteLength, etag: "served" };
      },
      putIfAbsent: (key, bytes, options) => store.putIfAbsent(key, bytes, options),
      delete: (key) => store.delete(key),
      list: (prefix, options) => store.list(prefix, options),
      listDirectory: (prefix) => store.listDirectory(prefix),
      child: (path) => store.child(path),
    }),
    give(objects) {
      for (const [key, bytes] of objects) given.set(key, bytes);
    },
    taken() {
      const objects = [...written];
      given.clear();
      written.clear();
      return objects;
    },
  };
}
