import { randomUUID } from "node:crypto";
import { addAbortSignal, type Readable } from "node:stream";
import { BadBody, readBody, readRangeOfWhole } from "./body.ts";
import { checkRange } from "./bytes.ts";
import { inputChanged } from "./changed.ts";
import { ChildStore } from "./child.ts";
import { checkContentRange, rangeHeader } from "./http-range.ts";
import { checkFolder, checkKey, checkPrefix, joinKey } from "./key.ts";
import { Limit } from "./limit.ts";
import { PATIENT, type RetryPolicy, withRetries } from "./retry.ts";
import { MAX_SOCKETS, type S3Connection } from "./s3-client.ts";
import { factsOf, isTransientS3, s3Error } from "./s3-errors.ts";
import { type ListInput, listFolder, listObjects } from "./s3-list.ts";
import { connectBucket } from "./s3-roles.ts";
import { partBytes, type SendPart, uploadParts } from "./s3-upload.ts";
import type {
  ListOptions,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  UploadOptions,
  WriteOptions,
} from "./store.ts";

export interface S3StoreOptions {
  /** Another connection than the process's own. */
  readonly connect?: () => Promise<S3Connection>;
  readonly retry?: RetryPolicy;
}

/** With as many requests as sockets none waits inside the SDK, where its connection timeout would run. */
const REQUESTS = new Limit(MAX_SOCKETS);
const TOKEN = "lamella-token";

/**
 * Objects of an S3 bucket below a prefix. Writes carry a CRC-32 that S3 checks, reads are checked where S3 has
 * a checksum. Throttles, faults and broken connections are tried again, within the SDK and then here.
 * Throws NO_CREDENTIALS, ACCESS_DENIED, NOT_FOUND (no such bucket), CHECKSUM_MISMATCH, STORAGE_FAILED.
 */
export class S3Store implements ObjectStore {
  readonly uri: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #connect: () => Promise<S3Connection>;
  readonly #retry: RetryPolicy;

  constructor(bucket: string, prefix = "", options: S3StoreOptions = {}) {
    this.uri = `s3://${joinKey(bucket, prefix)}`;
    this.#bucket = bucket;
    this.#prefix = prefix === "" ? "" : `${checkKey(prefix)}/`;
    this.#connect = options.connect ?? (() => connectBucket(bucket));
    this.#retry = options.retry ?? PATIENT;
  }

  get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    return this.#read("read", key, options, async ({ sdk, client }, target) => {
      const answer = await client.send(new sdk.GetObjectCommand(target), sending(options));
      return readBody(bodyOf(answer.Body, options.signal), answer.ContentLength);
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
    return this.#read("read", key, options, async ({ sdk, client }, target) => {
      const command = new sdk.GetObjectCommand({ ...target, Range: rangeHeader(offset, length) });
      const answer = await client.send(command, sending(options)).catch((error: unknown) => {
        // S3 has no bytes to give there: the range starts at or beyond the object's end.
        if (factsOf(error).status === 416) return undefined;
        throw error;
      });
      if (answer === undefined) return new Uint8Array(0);
      const body = bodyOf(answer.Body, options.signal);
      try {
        if (answer.ContentRange === undefined) {
          const bytes = await readRangeOfWhole(body, answer.ContentLength, offset, length);
          if (bytes !== undefined) return bytes;
        }
        const range = checkContentRange(answer.ContentRange ?? "", offset, length);
        const bytes = await readBody(body, range.end - range.start);
        return bytes.length > length ? bytes.slice(0, length) : bytes;
      } finally {
        // Gives the socket back where the body wasn't read to its end.
        body.destroy();
      }
    });
  }

  head(key: string, options: ReadOptions = {}): Promise<ObjectInfo | undefined> {
    return this.#read("look at", key, options, async ({ sdk, client }, target) => {
      const answer = await client.send(new sdk.HeadObjectCommand(target), sending(options));
      return { size: answer.ContentLength ?? 0, etag: unquoted(answer.ETag) };
    });
  }

  async put(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<ObjectInfo> {
    checkKey(key);
    return this.#request("write", key, options.signal, async ({ sdk, client }) => {
      const command = new sdk.PutObjectCommand({
        ...this.#target(key),
        Body: bytes,
        ...contentType(options),
      });
      const answer = await client.send(command, sending(options));
      return { size: bytes.length, etag: unquoted(answer.ETag) };
    });
  }

  async putIfAbsent(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<boolean> {
    checkKey(key);
    // A write may succeed though its answer is lost; trying again then finds the object, which is our own.
    const token = randomUUID();
    let triedBefore = false;
    return this.#request("create", key, options.signal, async ({ sdk, client }) => {
      const target = this.#target(key);
      const condition = { IfNoneMatch: "*", Metadata: { [TOKEN]: token } };
      const command = new sdk.PutObjectCommand({
        ...target,
        Body: bytes,
        ...condition,
        ...contentType(options),
      });
      try {
        await client.send(command, sending(options));
        return true;
      } catch (error) {
        const { status, attempts } = factsOf(error);
        if (status === 412 && !triedBefore && attempts === 1) return false;
        triedBefore = true;
        if (status !== 412) throw error;
      }
      const found = await client.send(new sdk.HeadObjectCommand(target), sending(options));
      return found.Metadata?.[TOKEN] === token;
    });
  }

  async upload(
    key: string,
    size: number,
    read: (offset: number, length: number) => Promise<Uint8Array>,
    options: UploadOptions,
  ): Promise<boolean> {
    checkKey(key);
    if (size <= partBytes(size)) {
      const bytes = await read(0, size);
      if (!options.overwrite) return this.putIfAbsent(key, bytes, options);
      await this.put(key, bytes, options);
      return true;
    }
    const { signal } = options;
    try {
      const connection = await this.#connect();
      const send: SendPart = (request) =>
        REQUESTS.run(() => withRetries(this.#retry, isTransientS3, signal, () => request(connection)));
      return await uploadParts(this.#target(key), size, read, send, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(error, "write", this.#bucket, this.#prefix + key);
    }
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.#request("delete", key, undefined, ({ sdk, client }) =>
      client.send(new sdk.DeleteObjectCommand(this.#target(key))),
    );
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    const from = {
      Prefix: this.#prefix + checkPrefix(prefix),
      ...(after === undefined ? {} : { StartAfter: this.#prefix + checkKey(after) }),
    };
    yield* listObjects(from, this.#prefix.length, (input) => this.#listPage(prefix, input));
  }

  async listDirectory(prefix: string): Promise<string[]> {
    const full = this.#prefix + checkFolder(prefix);
    return listFolder(full, (input) => this.#listPage(prefix, input));
  }

  child(path: string): ObjectStore {
    return new ChildStore(this, path);
  }

  #listPage(prefix: string, input: ListInput) {
    return this.#request("list", prefix, undefined, ({ sdk, client }) =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: this.#bucket, EncodingType: "url", ...input })),
    );
  }

  async #read<T>(
    action: string,
    key: string,
    options: ReadOptions,
    read: (connection: S3Connection, target: { Bucket: string; Key: string; IfMatch?: string }) => Promise<T>,
  ): Promise<T | undefined> {
    checkKey(key);
    const { ifMatch } = options;
    const target = { ...this.#target(key), ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }) };
    return this.#request(action, key, options.signal, async (connection) => {
      try {
        return await read(connection, target);
      } catch (error) {
        const { name, status } = factsOf(error);
        if (status === 404 && name !== "NoSuchBucket") return undefined;
        if (status === 412 && ifMatch !== undefined) throw inputChanged(this.uri, key, ifMatch);
        throw error;
      }
    });
  }

  async #request<T>(
    action: string,
    key: string,
    signal: AbortSignal | undefined,
    request: (connection: S3Connection) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      const connection = await this.#connect();
      return await REQUESTS.run(() =>
        withRetries(this.#retry, isTransientS3, signal, () => request(connection)),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(error, action, this.#bucket, this.#prefix + key);
    }
  }

  #target(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }
}

function sending({ signal }: { readonly signal?: AbortSignal }): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function contentType({ contentType: type }: WriteOptions): { ContentType?: string } {
  return type === undefined ? {} : { ContentType: type };
}

function unquoted(etag: string | undefined): string {
  return etag?.replace(/^"(.*)"$/, "$1") ?? "";
}

function bodyOf(body: unknown, signal: AbortSignal | undefined): Readable {
  if (body === undefined) throw new BadBody("the answer has no body");
  return signal === undefined ? (body as Readable) : addAbortSignal(signal, body as Readable);
}
