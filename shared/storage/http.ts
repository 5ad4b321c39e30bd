import { LamellaError } from "../errors.ts";
import { fetchAllowed } from "./allowed-hosts.ts";
import { readBody, readRangeOfWhole } from "./body.ts";
import { checkRange } from "./bytes.ts";
import { checkEtag } from "./changed.ts";
import { ChildStore } from "./child.ts";
import { bodyLengthOf, etagOf, objectSizeOf, piecesOf } from "./http-answer.ts";
import { HttpStatusError, httpError, IdleTimeout, isTransientHttp } from "./http-errors.ts";
import { checkContentRange, rangeHeader } from "./http-range.ts";
import { checkKey } from "./key.ts";
import { Limit } from "./limit.ts";
import { PATIENT, type RetryPolicy, withRetries } from "./retry.ts";
import type { ObjectEntry, ObjectInfo, ObjectStore, ReadOptions } from "./store.ts";

export interface HttpStoreOptions {
  readonly retry?: RetryPolicy;
}

interface Answer {
  readonly response: Response;
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

const REQUESTS = new Limit(32);
const IDLE_MS = 60_000;
/** Answers of servers that don't take HEAD, and to addresses signed for GET alone. */
const HEAD_REFUSED = new Set([400, 403, 405, 501]);

/**
 * Objects of a web server, read only, by byte ranges. A query in the base address (a signature) is sent with
 * each request. There are no listings. ETags are "" where the server tells neither ETag nor time.
 * Throws ACCESS_DENIED, STORAGE_FAILED, and UNSUPPORTED_URI for writes and listings.
 */
export class HttpStore implements ObjectStore {
  readonly uri: string;
  readonly #base: URL;
  readonly #retry: RetryPolicy;

  constructor(base: string, options: HttpStoreOptions = {}) {
    this.#base = new URL(base);
    this.#base.pathname = this.#base.pathname.replace(/\/+$/, "");
    this.#base.hash = "";
    this.uri = this.#urlOf("").href.replace(/\/$/, "");
    this.#retry = options.retry ?? PATIENT;
  }

  get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    return this.#read(key, options, {}, async ({ response, pieces }) => {
      checkOk(response);
      return readBody(pieces(), bodyLengthOf(response));
    });
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    checkRange(key, offset, length);
    if (length === 0) return (await this.head(key, options)) && new Uint8Array(0);
    const headers = { range: rangeHeader(offset, length) };
    return this.#read(key, options, { headers }, async ({ response, pieces }) => {
      if (response.status === 416) return new Uint8Array(0);
      checkOk(response);
      if (response.status !== 206) return this.#cut(key, response, pieces(), offset, length);
      const range = checkContentRange(response.headers.get("content-range") ?? "", offset, length);
      const bytes = await readBody(pieces(), range.end - range.start);
      return bytes.length > length ? bytes.slice(0, length) : bytes;
    });
  }

  async head(key: string, options: ReadOptions = {}): Promise<ObjectInfo | undefined> {
    const found = await this.#read(key, options, { method: "HEAD" }, async ({ response }) => {
      if (HEAD_REFUSED.has(response.status)) return { size: undefined, etag: "" };
      checkOk(response);
      return { size: objectSizeOf(response), etag: etagOf(response) };
    });
    if (found === undefined) return undefined;
    return found.size === undefined
      ? this.#headByRange(key, options)
      : { size: found.size, etag: found.etag };
  }

  async put(key: string): Promise<ObjectInfo> {
    throw this.#readOnly("written", key);
  }

  async putIfAbsent(key: string): Promise<boolean> {
    throw this.#readOnly("written", key);
  }

  async delete(key: string): Promise<void> {
    throw this.#readOnly("deleted", key);
  }

  // biome-ignore lint/correctness/useYield: web servers have no listings to yield
  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    throw this.#readOnly("listed", prefix);
  }

  async listDirectory(prefix: string): Promise<string[]> {
    throw this.#readOnly("listed", prefix);
  }

  child(path: string): ObjectStore {
    return new ChildStore(this, path, this.#urlOf(checkKey(path)).href);
  }

  async #headByRange(key: string, options: ReadOptions): Promise<ObjectInfo | undefined> {
    return this.#read(key, options, { headers: { range: "bytes=0-0" } }, async ({ response }) => {
      if (response.status !== 416) checkOk(response);
      const size = objectSizeOf(response);
      if (size !== undefined) return { size, etag: etagOf(response) };
      throw new LamellaError("STORAGE_FAILED", `The server doesn't tell the size of ${this.#shown(key)}`, {
        hint: "Download the file and use the copy.",
        details: { key },
      });
    });
  }

  /** A range of a whole object that the server sent though a range was asked for. */
  async #cut(
    key: string,
    response: Response,
    pieces: AsyncIterable<Uint8Array>,
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = await readRangeOfWhole(pieces, bodyLengthOf(response), offset, length);
    if (bytes !== undefined) return bytes;
    throw new LamellaError("STORAGE_FAILED", `The server of ${this.#shown(key)} doesn't serve byte ranges`, {
      hint: "Download the file and use the copy.",
      details: { key, offset, length },
    });
  }

  async #read<T>(
    key: string,
    options: ReadOptions,
    init: { readonly method?: string; readonly headers?: { readonly range: string } },
    use: (answer: Answer) => Promise<T>,
  ): Promise<T | undefined> {
    const { signal, ifMatch } = options;
    signal?.throwIfAborted();
    const url = this.#urlOf(checkKey(key));
    const attempt = async (): Promise<T | undefined> => {
      const idle = new AbortController();
      const timer = setTimeout(
        () => idle.abort(new IdleTimeout(`nothing came for ${IDLE_MS / 1000} s`)),
        IDLE_MS,
      );
      try {
        const response = await fetchAllowed(url, {
          ...init,
          // Compressed on the way, neither ranges nor lengths would be the object's.
          headers: { "accept-encoding": "identity", ...init.headers },
          signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
        });
        if (response.status === 404 || response.status === 410) return undefined;
        if (response.ok) checkEtag(this.uri, key, ifMatch, etagOf(response));
        return await use({ response, pieces: () => piecesOf(response, () => timer.refresh()) });
      } finally {
        clearTimeout(timer);
        // Gives the socket back where the body wasn't read to its end.
        idle.abort();
      }
    };
    try {
      return await REQUESTS.run(() => withRetries(this.#retry, isTransientHttp, signal, attempt));
    } catch (error) {
      signal?.throwIfAborted();
      throw httpError(error, this.#shown(key));
    }
  }

  #urlOf(key: string): URL {
    const url = new URL(this.#base);
    const folder = url.pathname.replace(/\/$/, "");
    if (key !== "") url.pathname = `${folder}/${key.split("/").map(encodeURIComponent).join("/")}`;
    return url;
  }

  /** The address without its query, which may be a secret. */
  #shown(key: string): string {
    const url = this.#urlOf(key);
    url.search = "";
    return url.href;
  }

  #readOnly(done: string, key: string): LamellaError {
    return new LamellaError(
      "UNSUPPORTED_URI",
      `${this.#shown(key)} can't be ${done}: web addresses are read only`,
      {
        hint: "Write to a path or an s3:// URI; give the full address of the array or image to read.",
        details: { key },
      },
    );
  }
}

function checkOk(response: Response): void {
  if (!response.ok) throw new HttpStatusError(response.status, response.statusText);
}
