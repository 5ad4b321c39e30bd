import { createHash } from "node:crypto";
import type { ServedImage } from "../../plan/compile-served.ts";
import type { StoredArray } from "../../plan/schema.ts";
import { joinKey } from "../../storage/key.ts";
import { type Answer, refusal } from "../http/answer.ts";
import { parseRange } from "../http/range.ts";
import type { LocalRequest, Mount } from "../http/server.ts";
import { servedDocuments } from "./documents.ts";
import type { ServedPipeline } from "./served-pipeline.ts";

/** A served image as a Zarr store over HTTP: its documents, and objects that are made when they are asked for. */
export function imageMount(pipeline: ServedPipeline, image: ServedImage): Mount {
  const documents = servedDocuments(pipeline.served, image);
  return {
    async answer(request) {
      if (request.isFolder) return undefined;
      const document = documents.get(request.key);
      if (document) return bytesAnswer(request, document, "application/json", tagOf(document));
      const found = objectNamed(pipeline, image, request.key);
      if (!found) return undefined;
      // What an object holds is decided by the plan: who has it once needn't have it made again.
      const etag = `"${pipeline.served.plan.hash.slice(0, 16)}-${image.name.replace(/[^\w.-]/g, "")}-${request.key}"`;
      if (knows(request, etag)) return { status: 304, headers: { ETag: etag } };
      const { level, coords } = found;
      const bytes = await pipeline.factory.object(image, level, coords, request.signal);
      if (!bytes) return refusal(404, "this chunk holds the fill value alone");
      return bytesAnswer(request, bytes, "application/octet-stream", etag);
    },
  };
}

/** Which object of which level a key names, if any. */
function objectNamed(
  { served, factory }: ServedPipeline,
  { planned, ...image }: ServedImage,
  key: string,
): { readonly level: number; readonly coords: readonly number[] } | undefined {
  for (const [level, { array, path }] of planned.levels.entries()) {
    const { spec } = served.plan.arrays[array] as StoredArray;
    const prefix = spec.zarrFormat === 3 ? joinKey(path, "c") : path;
    if (spec.shape.length === 0) {
      if (key === joinKey(path, spec.zarrFormat === 3 ? "c" : "0")) return { level, coords: [] };
      continue;
    }
    if (prefix !== "" && !key.startsWith(`${prefix}/`)) continue;
    const names = (prefix === "" ? key : key.slice(prefix.length + 1)).split("/");
    if (names.length !== spec.shape.length || !names.every((name) => /^(?:0|[1-9]\d{0,14})$/.test(name)))
      continue;
    const coords = names.map(Number);
    const grid = factory.gridOf({ planned, ...image }, level);
    if (coords.every((c, axis) => c < grid[axis]!)) return { level, coords };
  }
  return undefined;
}

function bytesAnswer(request: LocalRequest, bytes: Uint8Array, contentType: string, etag: string): Answer {
  const headers = { "Content-Type": contentType, ETag: etag, "Accept-Ranges": "bytes" };
  if (knows(request, etag)) return { status: 304, headers };
  const range = parseRange(request.headers.range, bytes.byteLength);
  if (range === "unsatisfiable")
    return { status: 416, headers: { ...headers, "Content-Range": `bytes */${bytes.byteLength}` } };
  if (!range) return { status: 200, headers, body: bytes };
  const { start, end } = range;
  const span = `bytes ${start}-${end - 1}/${bytes.byteLength}`;
  return { status: 206, headers: { ...headers, "Content-Range": span }, body: bytes.subarray(start, end) };
}

function knows(request: LocalRequest, etag: string): boolean {
  return request.headers["if-none-match"]?.split(",").some((tag) => tag.trim() === etag) ?? false;
}

function tagOf(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
}
