import { isSafeKey } from "../../storage/key.ts";

/** What a request asks for: names decoded once, each a single name. */
export interface Target {
  readonly names: readonly string[];
  /** Whether the path ends in "/". */
  readonly isFolder: boolean;
  readonly query: URLSearchParams;
}

/** Escapes that another decoding would turn into a separator, a dot or a NUL: nobody who means well sends them. */
const ESCAPED_AGAIN = /%(?:2e|2f|5c|00|25)/i;

/**
 * Reads the target of a request line (RFC 9112 3.2.1, origin form alone). Undefined for what isn't one, or where a name is
 * empty, "." or "..", has a slash, a backslash, a control character or a NUL in it, however it is written.
 */
export function parseTarget(text: string): Target | undefined {
  const question = text.indexOf("?");
  const path = question < 0 ? text : text.slice(0, question);
  if (!/^\/[\x21-\x22\x24-\x7e]*$/.test(path) || path.includes("\\")) return undefined;
  const parts = path.slice(1).split("/");
  const isFolder = parts.at(-1) === "";
  if (isFolder) parts.pop();
  const names: string[] = [];
  for (const part of parts) {
    const name = decoded(part);
    if (name === undefined || name.includes("/") || !isSafeKey(name) || ESCAPED_AGAIN.test(name))
      return undefined;
    names.push(name);
  }
  return { names, isFolder, query: new URLSearchParams(question < 0 ? "" : text.slice(question + 1)) };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
