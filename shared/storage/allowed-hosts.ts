import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { LamellaError } from "../errors.ts";

/** Where a request that was sent on may lead to, at most. */
const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Networks that aren't the public internet's: of a host, of a VPC, of a cloud's own services. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv6");

/** True for an address that only some network's own hosts reach. An IPv4 address in IPv6 is judged as what it is. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * `fetch`, kept to the hosts that LAMELLA_HTTPS_HOSTS names: "public", "none", or names and "*.NAME" with commas. The stack sets
 * it, since whoever writes a pipeline chooses what its functions read; where it isn't set, as on a computer of one's own, any host
 * may be read. Where it is, it's https alone, and every redirect is looked at. A name that leads elsewhere at the second
 * question would still have to show that name's certificate. Throws ACCESS_DENIED.
 */
export async function fetchAllowed(url: URL, init: RequestInit): Promise<Response> {
  const allowed = process.env["LAMELLA_HTTPS_HOSTS"];
  if (allowed === undefined || allowed === "") return fetch(url, init);
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    await requireAllowed(at, allowed.split(","));
    const response = await fetch(at, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    at = new URL(location, at);
  }
  throw denied(url, `was sent on more than ${MOST_REDIRECTS} times`);
}

async function requireAllowed(url: URL, allowed: readonly string[]): Promise<void> {
  if (url.protocol !== "https:") throw denied(url, "is not https, which alone is read here");
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (!allowed.includes("public")) {
    if (allowed.some((pattern) => matches(host, pattern))) return;
    throw denied(url, "is none of the hosts that may be read here");
  }
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host, { all: true });
  if (addresses.some(({ address }) => isPrivateAddress(address)))
    throw denied(url, "has an address of a private network");
}

function matches(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function denied(url: URL, problem: string): LamellaError {
  return new LamellaError("ACCESS_DENIED", `${url.protocol}//${url.host} ${problem}`, {
    hint: "The stack's option httpsHosts names the hosts that its functions may read; or copy the image to the data bucket.",
    details: { host: url.host },
  });
}
