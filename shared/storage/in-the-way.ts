import fs from "node:fs/promises";
import path from "node:path";
import { LamellaError } from "../errors.ts";
import { parseUri } from "./location.ts";

/**
 * Refuses a place where a folder or a file can't be made, because a file is there or above it, or a folder where the file is to be: nothing
 * replaces one by the other, overwriting neither. Only on the disk; keys of object stores lie beside each other. `shown` names the
 * output in the message. Throws OUTPUT_EXISTS.
 */
export async function requireWay(uri: string, kind: "folder" | "file", shown = uri): Promise<void> {
  const found = await inTheWay(uri, kind);
  if (found === undefined) return;
  throw new LamellaError("OUTPUT_EXISTS", `output ${shown} can't be written: ${found}`, {
    hint: "Give another output, or move what is there away.",
    details: { output: shown },
  });
}

async function inTheWay(uri: string, kind: "folder" | "file"): Promise<string | undefined> {
  const location = parseUri(uri);
  if (location.scheme !== "file") return undefined;
  const isFile = kind === "file";
  if (isFile && (await isFolder(location.path))) return `${location.path} is a folder`;
  for (let at = isFile ? path.dirname(location.path) : location.path; ; at = path.dirname(at)) {
    const folder = await isFolder(at);
    if (folder === false) return `${at} is a file`;
    if (folder || at === path.dirname(at)) return undefined;
  }
}

/** Undefined where nothing is. */
async function isFolder(file: string): Promise<boolean | undefined> {
  return fs.stat(file).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
}
