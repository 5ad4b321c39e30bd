import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A secret for an address: 192 bits, of letters that an address may have. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Compares without telling by its time how much is right. */
export function isToken(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(token));
}

/**
 * Whether a request was sent to this server by that name: a page of another site whose name was made to lead here (DNS
 * rebinding) says its own in `Host`. Two such headers are one too many.
 */
export function isOurHost(request: IncomingMessage, port: number): boolean {
  const hosts = headersNamed(request, "host");
  return hosts.length === 1 && [`127.0.0.1:${port}`, `localhost:${port}`].includes(hosts[0]!.toLowerCase());
}

/** Whether a page of another site asks, by what browsers say of it. Following a link to here is no such asking. */
export function isStranger(request: IncomingMessage, port: number): boolean {
  const origins = headersNamed(request, "origin");
  const ours = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  if (origins.some((origin) => !ours.includes(origin.toLowerCase()))) return true;
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return request.headers["sec-fetch-mode"] !== "navigate" || request.headers["sec-fetch-dest"] !== "document";
}

function headersNamed({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
}
