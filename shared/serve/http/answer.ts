import type { ServerResponse } from "node:http";
import { type ErrorCode, LamellaError, toLamellaError } from "../../errors.ts";

/** What is said to a request. */
export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string | number };
  /** Bytes, text, or pieces as they come; `headers` then has the length, where it is known. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array | string>;
}

/** For every answer: no other site may read, frame or guess at it, and the address with its token goes nowhere. */
const ALWAYS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "X-Frame-Options": "DENY",
  "Cache-Control": "private, no-cache",
};

/** For everything but pages of ours: were it opened by itself, it could do nothing. */
export const INERT = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** How long a reader that takes nothing is waited for, ms. */
const SLOW_READER = 60_000;

/** Sends an answer; to HEAD its headers alone. Stops where the reader goes away. */
export async function send(response: ServerResponse, answer: Answer, isHead: boolean): Promise<void> {
  if (response.destroyed) return;
  const { body = "" } = answer;
  const isWhole = typeof body === "string" || body instanceof Uint8Array;
  response.writeHead(answer.status, {
    ...ALWAYS,
    "Content-Security-Policy": INERT,
    ...(isWhole && answer.status !== 304 ? { "Content-Length": Buffer.byteLength(body) } : {}),
    ...answer.headers,
  });
  response.setTimeout(SLOW_READER, () => response.destroy());
  if (isHead || answer.status === 304) {
    response.end();
    return;
  }
  if (isWhole) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  for await (const piece of body) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, headers: { "Content-Type": "application/json" }, body: `${JSON.stringify(value)}\n` };
}

const STATUS: { readonly [C in ErrorCode]?: number } = {
  NOT_FOUND: 404,
  UNKNOWN_STEP: 404,
  UNSAFE_KEY: 403,
  ACCESS_DENIED: 403,
  NO_CREDENTIALS: 403,
  INPUT_CHANGED: 409,
  CANCELLED: 409,
  OVER_MEMORY: 422,
};

/** Any error as a coded document, `{"error": {"code", "message", "hint", "details"}}`, with the status that fits it. */
export function errorAnswer(thrown: unknown): Answer {
  const error = toLamellaError(thrown);
  return jsonAnswer({ error }, STATUS[error.code] ?? (error.exitStatus === 1 ? 500 : 400));
}

/** A request that is refused before anything is looked up; it says no more than why. */
export function refusal(status: number, message: string): Answer {
  const code = status === 404 ? "NOT_FOUND" : status === 403 ? "ACCESS_DENIED" : "INVALID_ARGUMENT";
  return jsonAnswer({ error: new LamellaError(code, message) }, status);
}
