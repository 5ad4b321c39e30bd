import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";

/** What goes wrong with a request: an HTTP status, or something on the wire. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly code: string }
  /** The connection breaks before the request has any effect, or after it. */
  | { readonly kind: "reset" | "commitThenReset" }
  /** The body stops in the middle; its bytes are changed; it is fewer bytes than asked for, yet well-formed. */
  | { readonly kind: "truncate" | "corrupt" | "shortRange" }
  | { readonly kind: "latency"; readonly ms: number };

interface Held {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly headers: Record<string, string>;
}

interface Upload {
  readonly headers: Record<string, string>;
  readonly bytes: Map<number, Buffer>;
}

export interface FakeS3Options {
  /** Keys in a page of a listing. */
  readonly pageSize?: number;
  /** False for a server that answers every read with the whole object. */
  readonly ranges?: boolean;
  /** False for a plain web server: no signatures asked for. */
  readonly signed?: boolean;
}

/** As much of S3 as Lamella uses, path style, on 127.0.0.1, with faults on demand. */
export class FakeS3 {
  readonly requests: { method: string; key: string; headers: http.IncomingHttpHeaders }[] = [];
  readonly #buckets = new Map<string, Map<string, Held>>();
  readonly #faults: { fault: Fault; method: string | undefined; times: number }[] = [];
  readonly #server: http.Server;
  readonly #uploads = new Map<string, Upload>();
  #uploadCount = 0;
  #serving = 0;
  /** The most requests that were served at one time. */
  mostAtOnce = 0;
  readonly #options: Required<FakeS3Options>;

  constructor(options: FakeS3Options = {}) {
    this.#options = { pageSize: 50, ranges: true, signed: true, ...options };
    this.#server = http.createServer((request, response) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#serving);
      response.on("close", () => this.#serving--);
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  createBucket(name: string): Map<string, Held> {
    const bucket = new Map<string, Held>();
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** The next `times` requests (of a method, if given) meet the fault. */
  fail(fault: Fault, times = 1, method?: string): void {
    this.#faults.push({ fault, method, times });
  }

  /** Faults ordered that no request has met yet. */
  get pendingFaults(): number {
    return this.#faults.reduce((sum, { times }) => sum + times, 0);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.endpoint);
    const [, bucketName = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(url.pathname)) ?? [];
    const method = request.method ?? "";
    this.requests.push({ method, key, headers: request.headers });
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const fault = this.#nextFault(method);
    if (fault?.kind === "latency") await sleep(fault.ms);
    if (fault?.kind === "reset") return void response.destroy();
    if (fault?.kind === "status") return refuse(response, fault.status, fault.code);
    if (this.#options.signed && !request.headers.authorization?.startsWith("AWS4-HMAC-SHA256")) {
      return refuse(response, 403, "AccessDenied");
    }
    const bucket = this.#buckets.get(bucketName);
    if (bucket === undefined) return refuse(response, 404, "NoSuchBucket");
    const upload = url.searchParams.get("uploadId");
    if (method === "POST" && url.searchParams.has("uploads"))
      return this.#beginUpload(key, request, response);
    if (upload !== null) {
      const parts = this.#uploads.get(upload);
      if (!parts) return refuse(response, 404, "NoSuchUpload");
      const body = Buffer.concat(pieces);
      if (method === "PUT")
        return putPart(parts, url.searchParams.get("partNumber"), body, request, response);
      this.#uploads.delete(upload);
      if (method === "DELETE") return void response.writeHead(204).end();
      return this.#complete(bucket, key, parts, body.toString(), request, response, fault);
    }
    if (method === "PUT") return this.#put(bucket, key, Buffer.concat(pieces), request, response, fault);
    if (method === "DELETE") {
      bucket.delete(key);
      return void response.writeHead(204).end();
    }
    if (key === "") return this.#list(bucket, url.searchParams, response);
    return this.#get(bucket.get(key), request, response, fault);
  }

  /** Uploads in parts that were begun and neither completed nor given up. */
  get openUploads(): number {
    return this.#uploads.size;
  }

  #beginUpload(key: string, request: http.IncomingMessage, response: http.ServerResponse): undefined {
    const id = `upload-${++this.#uploadCount}`;
    this.#uploads.set(id, { headers: kept(request.headers), bytes: new Map() });
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0"?><InitiateMultipartUploadResult><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #complete(
    bucket: Map<string, Held>,
    key: string,
    parts: Upload,
    body: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    fault: Fault | undefined,
  ): undefined {
    if (request.headers["if-none-match"] === "*" && bucket.has(key))
      return refuse(response, 412, "PreconditionFailed");
    const numbers = [...body.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number));
    const pieces = numbers.map((number) => parts.bytes.get(number));
    if (numbers.some((number, i) => number !== i + 1) || numbers.length !== parts.bytes.size)
      return refuse(response, 400, "InvalidPart");
    if (pieces.slice(0, -1).some((piece) => !piece || piece.length < 5 * 2 ** 20))
      return refuse(response, 400, "EntityTooSmall");
    const bytes = Buffer.concat(pieces as Buffer[]);
    const etag = `"${createHash("md5").update(bytes).digest("hex")}-${pieces.length}"`;
    bucket.set(key, { bytes, etag, headers: parts.headers });
    if (fault?.kind === "commitThenReset") return void response.destroy();
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>${escapeXml(etag)}</ETag></CompleteMultipartUploadResult>`,
    );
  }

  #put(
    bucket: Map<string, Held>,
    key: string,
    bytes: Buffer,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    fault: Fault | undefined,
  ): undefined {
    const headers = request.headers;
    if (headers["x-amz-checksum-crc32"] !== checksumOf(bytes)) return refuse(response, 400, "BadDigest");
    if (headers["if-none-match"] === "*" && bucket.has(key))
      return refuse(response, 412, "PreconditionFailed");
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    bucket.set(key, { bytes, etag, headers: kept(headers) });
    if (fault?.kind === "commitThenReset") return void response.destroy();
    response.writeHead(200, { etag }).end();
  }

  #get(
    held: Held | undefined,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    fault: Fault | undefined,
  ): undefined {
    if (held === undefined) return refuse(response, 404, "NoSuchKey");
    const ifMatch = request.headers["if-match"];
    if (ifMatch !== undefined && ifMatch !== held.etag) return refuse(response, 412, "PreconditionFailed");
    const size = held.bytes.length;
    const headers: Record<string, string | number> = {
      ...held.headers,
      etag: held.etag,
      "content-length": size,
    };
    const range = this.#options.ranges ? /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") : null;
    let [start, end] = [0, size];
    if (range !== null) {
      start = range[1] === "" ? Math.max(0, size - Number(range[2])) : Number(range[1]);
      end = range[1] === "" || range[2] === "" ? size : Math.min(size, Number(range[2]) + 1);
      if (start >= size) return refuse(response, 416, "InvalidRange");
      if (fault?.kind === "shortRange") end--;
      headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
      headers["content-length"] = end - start;
    } else if (request.headers["x-amz-checksum-mode"] === "ENABLED") {
      headers["x-amz-checksum-crc32"] = checksumOf(held.bytes);
    }
    response.writeHead(range === null ? 200 : 206, headers);
    if (request.method === "HEAD") return void response.end();
    const body = Buffer.from(held.bytes.subarray(start, end));
    if (fault?.kind === "corrupt") body[0]! ^= 1;
    if (fault?.kind !== "truncate") return void response.end(body);
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  }

  #list(bucket: Map<string, Held>, query: URLSearchParams, response: http.ServerResponse): undefined {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter") ?? "";
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const lines: string[] = [];
    let last = "";
    let more = false;
    const keys = [...bucket.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of keys) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      const entry = cut < 0 ? key : key.slice(0, cut + 1);
      if (entry === last || (after !== "" && Buffer.compare(Buffer.from(entry), Buffer.from(after)) <= 0))
        continue;
      if (lines.length === this.#options.pageSize) {
        more = true;
        break;
      }
      last = entry;
      const held = bucket.get(key)!;
      const name = encodeURIComponent(entry).replaceAll("%20", "+").replaceAll("%2F", "/");
      const etag = held.etag.replaceAll('"', "&quot;");
      lines.push(
        cut < 0
          ? `<Contents><Key>${name}</Key><Size>${held.bytes.length}</Size><ETag>${etag}</ETag></Contents>`
          : `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`,
      );
    }
    const token = more ? `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>` : "";
    const head = `<EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${token}`;
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><ListBucketResult>${head}${lines.join("")}</ListBucketResult>`);
  }

  #nextFault(method: string): Fault | undefined {
    const next = this.#faults.find((entry) => entry.times > 0 && (entry.method ?? method) === method);
    if (next !== undefined) next.times--;
    return next?.fault;
  }
}

/** What an object keeps of the request that made it. */
function kept(headers: http.IncomingHttpHeaders): Record<string, string> {
  const found = Object.entries(headers).filter(
    ([name]) => name === "content-type" || name.startsWith("x-amz-meta-"),
  );
  return Object.fromEntries(found) as Record<string, string>;
}

function putPart(
  parts: Upload,
  number: string | null,
  bytes: Buffer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): undefined {
  const checksum = checksumOf(bytes);
  if (request.headers["x-amz-checksum-crc32"] !== checksum) return refuse(response, 400, "BadDigest");
  parts.bytes.set(Number(number), bytes);
  const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
  response.writeHead(200, { etag, "x-amz-checksum-crc32": checksum }).end();
}

function refuse(response: http.ServerResponse, status: number, code: string): undefined {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} of the fake</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function checksumOf(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString("base64");
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
