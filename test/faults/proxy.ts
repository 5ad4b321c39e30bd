import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What can go wrong between a worker and its store. */
export const WIRE_FAULTS = [
  "slowDown",
  "internal",
  "reset",
  "commitThenReset",
  "truncate",
  "slowBody",
  "hang",
  "expired",
  "skew",
  "denied",
] as const;
export type WireFault = (typeof WIRE_FAULTS)[number];

const STATUS: { readonly [fault in WireFault]?: readonly [number, string] } = {
  slowDown: [503, "SlowDown"],
  internal: [500, "InternalError"],
  expired: [403, "ExpiredToken"],
  skew: [403, "RequestTimeTooSkewed"],
  denied: [403, "AccessDenied"],
};

interface Order {
  readonly fault: WireFault;
  /** Requests that go well first. */
  after: number;
  times: number;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Passes requests on to a server, and lets some go wrong. */
export class FaultProxy {
  readonly #target: string;
  readonly #server: http.Server;
  #orders: Order[] = [];
  /** Requests that met a fault. */
  hits = 0;
  requests = 0;

  constructor(target: string) {
    this.#target = target;
    this.#server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 60_000;
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

  /** After so many requests the next ones meet a fault. */
  order(fault: WireFault, after: number, times: number): void {
    this.#orders.push({ fault, after, times });
  }

  /** From now on all goes well. */
  calm(): void {
    this.#orders = [];
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    this.requests++;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const fault = this.#next();
    if (fault) this.hits++;
    if (fault === "reset") return void request.socket.destroy();
    if (fault === "hang") return;
    const refused = fault && STATUS[fault];
    if (refused) {
      const [status, code] = refused;
      response.writeHead(status, { "content-type": "application/xml" });
      const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} of the proxy</Message></Error>`;
      return void response.end(request.method === "HEAD" ? undefined : body);
    }
    const answer = await this.#pass(request, Buffer.concat(pieces));
    if (fault === "commitThenReset") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    if (request.method === "HEAD") return void response.end();
    if (fault === "truncate" && answer.body.length > 0) {
      response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.destroy());
      return;
    }
    if (fault === "slowBody") {
      for (let at = 0; at < answer.body.length; at += Math.ceil(answer.body.length / 8)) {
        response.write(answer.body.subarray(at, at + Math.ceil(answer.body.length / 8)));
        await sleep(40);
      }
      return void response.end();
    }
    response.end(answer.body);
  }

  #next(): WireFault | undefined {
    const order = this.#orders.find(({ times }) => times > 0);
    if (!order || order.after-- > 0) return undefined;
    order.times--;
    return order.fault;
  }

  #pass(request: http.IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const passed = http.request(
        new URL(request.url ?? "", this.#target),
        { method: request.method ?? "GET", headers: { ...request.headers, connection: "close" } },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on("data", (piece: Buffer) => pieces.push(piece));
          answer.on("error", reject);
          answer.on("end", () => {
            const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...headers } = answer.headers;
            resolve({ status: answer.statusCode ?? 500, headers, body: Buffer.concat(pieces) });
          });
        },
      );
      passed.on("error", reject);
      passed.end(body);
    });
  }
}
