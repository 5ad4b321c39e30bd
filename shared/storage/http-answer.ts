import { BadBody } from "./body.ts";

/** The ETag without its quotes, else the time of the last change, else "": a server may tell neither. */
export function etagOf(response: Response): string {
  const etag = response.headers.get("etag");
  if (etag !== null) return etag.replace(/^"(.*)"$/, "$1");
  const changed = Date.parse(response.headers.get("last-modified") ?? "");
  return Number.isNaN(changed) ? "" : changed.toString(16);
}

/** The length of the body as it comes out of `fetch`, where it is announced. */
export function bodyLengthOf(response: Response): number | undefined {
  const encoding = response.headers.get("content-encoding") ?? "identity";
  const length = response.headers.get("content-length");
  return length === null || encoding !== "identity" ? undefined : Number(length);
}

/** The whole object's size, from an answer to a request for all of it, its head, or one of its bytes. */
export function objectSizeOf(response: Response): number | undefined {
  const total = /^bytes (?:[\d-]+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (total !== undefined) return Number(total);
  return response.status === 200 ? bodyLengthOf(response) : undefined;
}

/** The pieces of an answer's body as they come; `onPiece` is called for each. */
export async function* piecesOf(response: Response, onPiece: () => void): AsyncGenerator<Uint8Array> {
  if (response.body === null) throw new BadBody("the answer has no body");
  for await (const piece of response.body) {
    onPiece();
    yield piece;
  }
}
