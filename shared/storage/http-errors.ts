import { type ErrorCode, LamellaError } from "../errors.ts";
import { BadBody } from "./body.ts";

/** An answer that is neither the object nor its absence. */
export class HttpStatusError extends Error {
  override readonly name = "HttpStatusError";
  readonly status: number;

  constructor(status: number, statusText: string) {
    super(`HTTP ${status} ${statusText}`.trimEnd());
    this.status = status;
  }
}

/** No byte came for too long. */
export class IdleTimeout extends Error {
  override readonly name = "IdleTimeout";
}

/** What Node's fetch gives as the cause of a connection that broke or never stood. */
const BROKEN = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** True for what may pass when tried again: throttles, faults of the server, broken connections and bodies. */
export function isTransientHttp(error: unknown): boolean {
  if (error instanceof LamellaError) return false;
  if (error instanceof BadBody || error instanceof IdleTimeout) return true;
  if (error instanceof HttpStatusError) {
    return error.status === 408 || error.status === 429 || (error.status >= 500 && error.status !== 501);
  }
  return BROKEN.has(causeCodeOf(error));
}

/** A failed request as a coded error that names the address. Coded errors pass through. */
export function httpError(error: unknown, url: string): LamellaError {
  if (error instanceof LamellaError) return error;
  const status = error instanceof HttpStatusError ? error.status : 0;
  const [code, hint] = explain(status);
  const cause = causeCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return new LamellaError(code, `Cannot read ${url}: ${message}${cause === "" ? "" : ` (${cause})`}`, {
    hint,
    details: { url, status },
    cause: error,
  });
}

function explain(status: number): [code: ErrorCode, hint: string] {
  if (status === 401 || status === 403) {
    return ["ACCESS_DENIED", "Check that the address is public, or that its signature hasn't expired."];
  }
  return ["STORAGE_FAILED", "Check the address and the network, then try again."];
}

function causeCodeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "";
}
