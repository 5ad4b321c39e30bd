import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LamellaError } from "../../errors.ts";
import { checkKey } from "../../storage/key.ts";
import { Limit } from "../../storage/limit.ts";
import { type Answer, errorAnswer, refusal, send } from "./answer.ts";
import { isOurHost, isStranger, isToken, newToken } from "./guard.ts";
import { parseTarget } from "./target.ts";

/** A request to a mount, after all checks. */
export interface LocalRequest {
  readonly method: "GET" | "HEAD" | "POST";
  /** What follows the mount's prefix, decoded and safe as `checkKey` says; "" for the mount itself. */
  readonly key: string;
  /** Whether the address ends in "/". */
  readonly isFolder: boolean;
  /** The path as it is asked for, without query and last "/": `/TOKEN/data/a%20b`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Aborts when the client goes away, or the server is closed. */
  readonly signal: AbortSignal;
  /** The body of a POST, JSON of at most 1 MiB. Throws INVALID_ARGUMENT. */
  json(): Promise<unknown>;
}

/** Answers requests below a prefix. Undefined: there is no such thing (404). What it throws becomes a coded document. */
export interface Mount {
  answer(request: LocalRequest): Promise<Answer | undefined> | Answer | undefined;
  /** Whether it takes POST; others are GET and HEAD alone. */
  readonly takesPost?: boolean;
  /** Whether answers go on for long, as events do: they don't count as requests at work. */
  readonly isLong?: boolean;
}

export interface LocalServer {
  /** `http://127.0.0.1:PORT/TOKEN/`: the address of the server, secret and all. */
  readonly url: string;
  readonly port: number;
  /** Puts a mount at a prefix ("data", "api/steps"), "" for everything else; the longest prefix answers. Replaces what was there. */
  mount(prefix: string, mount: Mount): void;
  unmount(prefix: string): void;
  /** Ends all connections. Also by the signal it was started with. */
  close(): Promise<void>;
  /** Once it is closed. */
  readonly closed: Promise<void>;
}

export interface LocalServerOptions {
  /** 0, the default: any that is free. */
  readonly port?: number;
  readonly signal?: AbortSignal;
  /** For tests; default: a new one. */
  readonly token?: string;
}

/** A mount with its requests: those at work, and how many are at work or wait. */
interface Mounted {
  readonly mount: Mount;
  readonly limit: Limit;
  waiting: number;
}

const CONNECTIONS = 256;
/** Of each mount: one that asks another, as the viewer's page does of a pipeline's steps, must never have taken all that there is. */
const AT_WORK = 64;
const WAITING = 1024;
const BODY_BYTES = 2 ** 20;

/**
 * A web server for the browser and the programs of the person who started it: on 127.0.0.1 alone, and only for who knows the
 * token, which is the first name of every path, so that the address is a base URL for any reader of Zarr.
 *
 * ```ts
 * const server = await startLocalServer({ signal });
 * server.mount("", pageMount(new FileStore(folderOfThePage)));          // files of a page of ours
 * server.mount("image.zarr", storeMount(await openServed(uri)));         // an ObjectStore: file, S3, HTTP, zip
 * server.mount("api/about", { answer: () => jsonAnswer({ name }) });     // JSON
 * const hub = new EventHub(); server.mount("api/events", hub);           // server-sent events: hub.send("stage", {...})
 * console.error(server.url); await server.closed;
 * ```
 *
 * A page fetches by relative addresses ("image.zarr/zarr.json"), so that it needn't know the token. Requests with another
 * `Host`, from other sites' pages, without the token, or whose path isn't plain are refused before a mount sees them. POST is
 * for mounts that take it, with a JSON body and from no other site.
 * Throws INVALID_ARGUMENT for a port that can't be had.
 */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const token = options.token ?? newToken();
  const mounts = new Map<string, Mounted>();
  const ending = new AbortController();
  let port = 0;

  async function answerTo(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    if (!isOurHost(request, port)) return refusal(421, "this server answers to 127.0.0.1 and localhost");
    if (isStranger(request, port)) return refusal(403, "pages of other sites are not answered");
    const target = parseTarget(request.url ?? "");
    if (!target) return refusal(400, "this is no plain path");
    const [given, ...names] = target.names;
    if (!isToken(given, token)) return refusal(403, "the address lacks its token");
    const found = mountOf(mounts, names);
    const method = request.method as "GET" | "HEAD" | "POST";
    const methods = found?.mounted.mount.takesPost ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"];
    if (!methods.includes(method))
      return { ...refusal(405, `only ${methods.join(", ")}`), headers: { Allow: methods.join(", ") } };
    // What a form of another site may send without asking first is never this.
    if (method === "POST" && !/^application\/json(?:;|$)/i.test(request.headers["content-type"] ?? ""))
      return refusal(415, "a body is application/json");
    if (!found) return refusal(404, "there is nothing here");
    const { mounted, key } = found;
    const { mount } = mounted;
    const asked: LocalRequest = {
      method,
      key,
      isFolder: target.isFolder,
      path: `/${target.names.map(encodeURIComponent).join("/")}`,
      query: target.query,
      headers: request.headers,
      signal,
      json: () => jsonBody(request),
    };
    try {
      const work = async () => (await mount.answer(asked)) ?? refusal(404, "there is nothing here");
      if (mount.isLong) return await work();
      if (mounted.waiting >= WAITING)
        return { ...refusal(503, "too many requests wait"), headers: { "Retry-After": 1 } };
      mounted.waiting++;
      try {
        return await mounted.limit.run(async () =>
          signal.aborted ? refusal(499, "the client has gone") : work(),
        );
      } finally {
        mounted.waiting--;
      }
    } catch (error) {
      return errorAnswer(error);
    }
  }

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([gone.signal, ending.signal]);
    // A computation may take long: it is the client who decides how long to wait.
    request.socket.setTimeout(0);
    await send(response, await answerTo(request, signal), request.method === "HEAD");
  }

  const server = createServer({ keepAliveTimeout: 5_000, headersTimeout: 10_000, requestTimeout: 30_000 });
  server.maxConnections = CONNECTIONS;
  server.on("request", (request, response) => {
    // Headers may be out already when a piece of the body can't be read: the client must see that it is cut.
    onRequest(request, response).catch(() => response.destroy());
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const close = async (): Promise<void> => {
    ending.abort();
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(portError(error, options.port ?? 0)));
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
  if (options.signal?.aborted) await close();
  else options.signal?.addEventListener("abort", () => void close(), { once: true });
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    port,
    mount: (prefix, mount) =>
      void mounts.set(prefix === "" ? "" : checkKey(prefix), {
        mount,
        limit: new Limit(AT_WORK),
        waiting: 0,
      }),
    unmount: (prefix) => void mounts.delete(prefix),
    close,
    closed,
  };
}

function mountOf(
  mounts: ReadonlyMap<string, Mounted>,
  names: readonly string[],
): { mounted: Mounted; key: string } | undefined {
  for (let count = names.length; count >= 0; count--) {
    const mounted = mounts.get(names.slice(0, count).join("/"));
    if (mounted) return { mounted, key: names.slice(count).join("/") };
  }
  return undefined;
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    size += piece.byteLength;
    if (size > BODY_BYTES)
      throw new LamellaError("INVALID_ARGUMENT", "the body is over 1 MiB", {
        hint: "Send the values alone, as the page does.",
      });
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw new LamellaError("INVALID_ARGUMENT", "the body is no JSON", {
      hint: 'Send a document such as {"values": {"smooth.sigma": 2}}.',
    });
  }
}

function portError(error: NodeJS.ErrnoException, port: number): LamellaError {
  const why = error.code === "EADDRINUSE" ? "another program listens there" : error.message;
  return new LamellaError("INVALID_ARGUMENT", `port ${port} can't be had: ${why}`, {
    hint: "Give another --port, or leave it out for any that is free.",
    details: { port },
    cause: error,
  });
}
