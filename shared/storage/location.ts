import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LamellaError } from "../errors.ts";
import { checkKey, joinKey } from "./key.ts";

/** A place that a user named. `component` is an array or group in it: what follows "#". */
export type Location = FileLocation | S3Location | HttpLocation;

export interface FileLocation {
  readonly scheme: "file";
  /** Absolute. */
  readonly path: string;
  readonly component?: string;
}

export interface S3Location {
  readonly scheme: "s3";
  readonly bucket: string;
  /** "" for the bucket itself. */
  readonly key: string;
  readonly component?: string;
}

export interface HttpLocation {
  readonly scheme: "http" | "https";
  /** Without fragment and trailing slash; a query is kept. */
  readonly url: string;
  readonly component?: string;
}

/**
 * Parses a path, file://, s3:// or https:// (http://) URI, with an optional "#component". A path is relative to
 * `base`, a folder's path or URI; the current folder where it is absent. Paths and s3:// keys are taken as they
 * are; in file:// and https:// "%" escapes, so that file:///a%23b names "a#b", which as a path would be "a",
 * component "b", unless there is a file or folder "a#b".
 * Throws UNSUPPORTED_URI, UNSAFE_KEY.
 */
export function parseUri(text: string, base: string = process.cwd()): Location {
  if (typeof text !== "string")
    throw unsupported(String(text), `a path or a URI is a text, and this is ${typeof text}`, HINT);
  const scheme =
    /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? (text.startsWith("file:/") ? "file" : "");
  if (scheme === "") return parseRelative(text, base);
  if (scheme === "file") return parseFile(text);
  if (scheme === "s3") return parseS3(text);
  if (scheme === "http" || scheme === "https") return parseHttp(text, scheme);
  throw unsupported(text, `there is no support for ${scheme}://`, HINT);
}

/** The URI that `parseUri` reads back as the same location, wherever it is read. */
export function formatUri(location: Location): string {
  const { component } = location;
  if (location.scheme === "s3") {
    return `s3://${joinKey(location.bucket, location.key)}${component === undefined ? "" : `#${component}`}`;
  }
  const url = location.scheme === "file" ? pathToFileURL(location.path).href : location.url;
  return component === undefined ? url : `${url}#${component.split("/").map(encodeURIComponent).join("/")}`;
}

/** The URI of `key` in the folder that `base` names, component and all. Throws UNSAFE_KEY. */
export function joinUri(base: string, key: string): string {
  const { component, ...root } = parseUri(base);
  return formatUri(below(root, component === undefined ? checkKey(key) : joinKey(component, checkKey(key))));
}

/** The key of `uri` in the folder that `base` names, "" for the folder itself, undefined when it isn't in there. */
export function relativeTo(base: string, uri: string): string | undefined {
  const [folder, inside] = [base, uri].map((text) => pathPartsOf(parseUri(text)));
  if (folder === undefined || inside === undefined || folder.origin !== inside.origin) return undefined;
  if (inside.path === folder.path) return "";
  const prefix = folder.path === "" ? "" : `${folder.path}/`;
  return inside.path.startsWith(prefix) ? inside.path.slice(prefix.length) : undefined;
}

const HINT =
  "Known are paths, file://, s3://, http:// and https://; other places need a copy in one of these.";

function parseRelative(text: string, base: string): Location {
  if (text.includes("\0")) throw unsupported(text, "it has a NUL character", HINT);
  const { component: _, ...folder }: Location = base.includes("://")
    ? parseUri(base)
    : { scheme: "file", path: path.resolve(base) };
  const onDisk = text.startsWith("/") ? "/" : folder.scheme === "file" ? folder.path : undefined;
  const [place, component] = splitComponent(text, onDisk);
  if (place === "") throw unsupported(text, "it names no place", HINT);
  if (onDisk !== undefined) return { scheme: "file", path: path.resolve(onDisk, place), ...component };
  const { origin, path: from } = pathPartsOf(folder);
  const joined = path.posix.normalize(path.posix.join(from, place)).replace(/\/+$/, "");
  if (joined === ".." || joined.startsWith("../")) throw unsupported(text, `it leads out of ${origin}`, HINT);
  return { ...at(folder, joined === "." ? "" : joined), ...component };
}

function parseFile(text: string): FileLocation {
  const url = urlOf(text);
  if (url.host !== "" && url.host !== "localhost")
    throw unsupported(text, `${url.host} is another computer`, HINT);
  if (url.search !== "") throw unsupported(text, "a file has no query", 'Write "%3F" for a "?" in its name.');
  const component = componentOf(decoded(text, url.hash.slice(1)));
  url.hash = "";
  url.host = "";
  try {
    return { scheme: "file", path: path.resolve(fileURLToPath(url)), ...component };
  } catch (error) {
    throw unsupported(text, error instanceof Error ? error.message : String(error), HINT);
  }
}

function parseS3(text: string): S3Location {
  const [place, component] = splitComponent(text.slice("s3://".length));
  const slash = place.indexOf("/");
  const bucket = slash < 0 ? place : place.slice(0, slash);
  const key = slash < 0 ? "" : place.slice(slash + 1).replace(/\/$/, "");
  if (!/^[\w.-]+$/.test(bucket)) {
    throw unsupported(text, `${JSON.stringify(bucket)} is no bucket's name`, "Write s3://bucket/key.");
  }
  return { scheme: "s3", bucket, key: key === "" ? "" : checkKey(key), ...component };
}

function parseHttp(text: string, scheme: "http" | "https"): HttpLocation {
  const url = urlOf(text);
  if (url.username !== "" || url.password !== "") {
    throw unsupported(
      text.replace(/\/\/.*@/, "//…@"),
      "it has a password in it",
      "Use a signed or public address.",
    );
  }
  const component = componentOf(decoded(text, url.hash.slice(1)));
  url.hash = "";
  return { scheme, url: hrefOf(url), ...component };
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw unsupported(text, "it is no valid address", HINT);
  return url;
}

/** Without a trailing slash on the path, also before a query. */
function hrefOf(url: URL): string {
  return url.search === "" ? url.href.replace(/\/+$/, "") : url.href.replace(/\/+\?/, "?");
}

/** At the first "#"; in a folder on the disk at the last before which there is something, or nowhere, if there is all. */
function splitComponent(text: string, folder?: string): [place: string, component: { component?: string }] {
  const first = text.indexOf("#");
  if (first < 0) return [text, {}];
  let end = text.length;
  while (end > first && (folder === undefined || !existsSync(path.resolve(folder, text.slice(0, end))))) {
    end = text.lastIndexOf("#", end - 1);
  }
  return [text.slice(0, end), componentOf(text.slice(end + 1))];
}

function componentOf(text: string): { component?: string } {
  const component = text.replace(/^\/+|\/+$/g, "");
  return component === "" ? {} : { component: checkKey(component) };
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unsupported(text, 'a "%" in it escapes nothing', 'Write "%25" for "%".');
  }
}

/** A location as an origin and a decoded path below it, without slashes at either end; component and all. */
function pathPartsOf(location: Location): { origin: string; path: string } {
  if (location.scheme === "file") {
    return { origin: "file://", path: joinKey(location.path.slice(1), location.component ?? "") };
  }
  if (location.scheme === "s3") {
    return { origin: `s3://${location.bucket}`, path: joinKey(location.key, location.component ?? "") };
  }
  const url = new URL(location.url);
  const inside = decoded(location.url, url.pathname).replace(/^\/+|\/+$/g, "");
  return { origin: url.origin + url.search, path: joinKey(inside, location.component ?? "") };
}

function below(folder: Location, key: string): Location {
  return at(folder, joinKey(pathPartsOf(folder).path, key));
}

/** The same bucket, server or disk, at another path. */
function at(location: Location, inside: string): Location {
  if (location.scheme === "file") return { scheme: "file", path: `/${inside}` };
  if (location.scheme === "s3") return { scheme: "s3", bucket: location.bucket, key: inside };
  const url = new URL(location.url);
  url.pathname = inside.split("/").map(encodeURIComponent).join("/");
  return { scheme: location.scheme, url: hrefOf(url) };
}

function unsupported(text: string, problem: string, hint: string): LamellaError {
  return new LamellaError("UNSUPPORTED_URI", `Cannot use ${JSON.stringify(text)}: ${problem}`, {
    hint,
    details: { uri: text },
  });
}
