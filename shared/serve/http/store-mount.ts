import { FileStore } from "../../storage/file.ts";
import type { ObjectInfo, ObjectStore } from "../../storage/store.ts";
import { openStore, parseUri } from "../../storage/uri.ts";
import type { Answer } from "./answer.ts";
import { dataType } from "./content-type.ts";
import { parseRange } from "./range.ts";
import type { LocalRequest, Mount } from "./server.ts";

/** Bytes that are read at once of an object that is sent piece by piece. */
const PIECE = 2 * 2 ** 20;

/** The store that a URI names, to be served: links are looked at each time, for they may change while the server runs. */
export async function openServed(uri: string): Promise<ObjectStore> {
  const location = parseUri(uri);
  const store = await openStore(location);
  return location.scheme === "file" && store instanceof FileStore
    ? new FileStore(location.path, { watchesLinks: true })
    : store;
}

/**
 * Serves the objects of a store, whole and in ranges (206, 416, If-Range), with their ETags (304). There are no listings.
 * Nothing that a store holds is run or drawn by a browser that opens it by itself.
 */
export function storeMount(store: ObjectStore): Mount {
  return { answer: (request) => objectAnswer(store, request, dataType(request.key)) };
}

/** One object of a store as an answer; undefined where there is none. */
export async function objectAnswer(
  store: ObjectStore,
  request: LocalRequest,
  contentType: string,
  headers: Answer["headers"] = {},
): Promise<Answer | undefined> {
  const { key, signal } = request;
  if (key === "" || request.isFolder) return undefined;
  const info = await store.head(key, { signal });
  if (!info) return undefined;
  const etag = quoted(info.etag);
  const about = { ...headers, "Content-Type": contentType, ETag: etag, "Accept-Ranges": "bytes" };
  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.some((tag) => tag === etag || tag === "*")) return { status: 304, headers: about };
  const ifRange = request.headers["if-range"];
  const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = parseRange(wanted, info.size);
  if (range === "unsatisfiable") {
    return { status: 416, headers: { ...about, "Content-Range": `bytes */${info.size}` } };
  }
  const { start, end } = range ?? { start: 0, end: info.size };
  return {
    status: range ? 206 : 200,
    headers: {
      ...about,
      "Content-Length": end - start,
      ...(range ? { "Content-Range": `bytes ${start}-${end - 1}/${info.size}` } : {}),
    },
    body: request.method === "HEAD" ? "" : pieces(store, key, info, start, end, signal),
  };
}

async function* pieces(
  store: ObjectStore,
  key: string,
  { etag }: ObjectInfo,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += PIECE) {
    const length = Math.min(PIECE, end - at);
    const bytes = await store.getRange(key, at, length, { signal, ifMatch: etag });
    if (bytes?.byteLength !== length) throw new Error(`${key} became shorter while it was read`);
    yield bytes;
  }
}

function quoted(etag: string): string {
  return `"${etag.replace(/[^\x21\x23-\x7e]/g, "")}"`;
}
