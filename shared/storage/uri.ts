import { statSync } from "node:fs";
import path from "node:path";
import { LamellaError } from "../errors.ts";
import { FileStore } from "./file.ts";
import { HttpStore } from "./http.ts";
import { formatUri, type Location, parseUri } from "./location.ts";
import { S3Store } from "./s3.ts";
import type { ObjectStore } from "./store.ts";
import { ZipStore } from "./zip/store.ts";

export { formatUri, joinUri, type Location, parseUri, relativeTo } from "./location.ts";

/** True for the name of a zip archive: .zip or .ozx. A folder of such a name is a folder. */
export function isArchive(location: Location): boolean {
  const name =
    location.scheme === "file"
      ? location.path
      : location.scheme === "s3"
        ? location.key
        : new URL(location.url).pathname;
  if (!/\.(?:zip|ozx)$/i.test(name)) return false;
  return location.scheme !== "file" || !statSync(location.path, { throwIfNoEntry: false })?.isDirectory();
}

/**
 * The folder that a URI names as a store, or the zip archive; nothing is read or made. A component in the URI is left to the
 * caller, who knows whether it is an array or a group. Throws UNSUPPORTED_URI.
 */
export async function openStore(uri: string | Location): Promise<ObjectStore> {
  const location = typeof uri === "string" ? parseUri(uri) : uri;
  if (isArchive(location)) {
    const { store, key } = await openObject(location);
    const { component: _, ...file } = location;
    return new ZipStore(store, key, formatUri(file));
  }
  switch (location.scheme) {
    case "file":
      return new FileStore(location.path);
    case "s3":
      return new S3Store(location.bucket, location.key);
    default:
      return new HttpStore(location.url);
  }
}

/**
 * The single file that a URI names, as a key in the store of its folder, so that files beside it can be read
 * too. The file itself may be a link to elsewhere, since the user named it. Throws UNSUPPORTED_URI.
 */
export async function openObject(uri: string | Location): Promise<{ store: ObjectStore; key: string }> {
  const location = typeof uri === "string" ? parseUri(uri) : uri;
  if (location.scheme === "file") {
    const key = path.basename(location.path);
    if (key !== "") return { store: new FileStore(path.dirname(location.path), { trustedKey: key }), key };
  } else if (location.scheme === "s3") {
    const slash = location.key.lastIndexOf("/");
    const key = location.key.slice(slash + 1);
    if (key !== "")
      return { store: new S3Store(location.bucket, location.key.slice(0, Math.max(0, slash))), key };
  } else {
    const url = new URL(location.url);
    const slash = url.pathname.lastIndexOf("/");
    const key = decodeURIComponent(url.pathname.slice(slash + 1));
    url.pathname = url.pathname.slice(0, slash);
    if (key !== "") return { store: new HttpStore(url.href), key };
  }
  throw new LamellaError("UNSUPPORTED_URI", `${formatUri(location)} names no file`, {
    hint: "Give the file's full address.",
    details: { uri: formatUri(location) },
  });
}
