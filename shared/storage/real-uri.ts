import { realpath } from "node:fs/promises";
import path from "node:path";
import { formatUri, parseUri } from "./uri.ts";

/**
 * A URI with the links of a local path resolved, as far as the path exists, so that two names of one place are equal.
 * Other schemes are as they are.
 */
export async function realUri(uri: string): Promise<string> {
  const location = parseUri(uri);
  if (location.scheme !== "file") return formatUri(location);
  const missing: string[] = [];
  for (let at = location.path; ; at = path.dirname(at)) {
    try {
      return formatUri({ ...location, path: path.join(await realpath(at), ...missing) });
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!gone || path.dirname(at) === at) return formatUri(location);
      missing.unshift(path.basename(at));
    }
  }
}
