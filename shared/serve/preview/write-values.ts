import { createHash } from "node:crypto";
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isScalar, parseDocument } from "yaml";
import { LamellaError } from "../../errors.ts";

/** A number to put into a document, and where. */
export interface Edit {
  readonly path: readonly (string | number)[];
  readonly value: number;
}

/**
 * A YAML or JSON text with other numbers in it: only their digits change, whatever is around them stays as it was, comments and all.
 * Throws INVALID_PIPELINE where a number isn't written out at its place (it comes from an alias, or isn't there).
 */
export function editNumbers(text: string, edits: readonly Edit[]): string {
  const document = parseDocument(text);
  const pieces = edits.map(({ path: at, value }) => {
    const node = document.getIn(at, true);
    if (!isScalar(node) || !node.range || node.anchor !== undefined) throw notWritten(at);
    return { start: node.range[0], end: node.range[1], text: String(value) };
  });
  let edited = text;
  for (const { start, end, text: digits } of pieces.toSorted((a, b) => b.start - a.start))
    edited = edited.slice(0, start) + digits + edited.slice(end);
  const wanted = document.toJS() as object;
  for (const { path: at, value } of edits) setIn(wanted, at, value);
  if (!isDeepStrictEqual(parseDocument(edited).toJS(), wanted)) throw notWritten(edits[0]?.path ?? []);
  return edited;
}

function setIn(document: object, at: readonly (string | number)[], value: number): void {
  let inside = document as { [key: string | number]: object };
  for (const name of at.slice(0, -1)) inside = inside[name] as typeof inside;
  (inside as { [key: string | number]: unknown })[at.at(-1)!] = value;
}

function notWritten(at: readonly (string | number)[]): LamellaError {
  return new LamellaError(
    "INVALID_PIPELINE",
    `${at.join(".")} can't be changed in the file: it isn't a number written there`,
    {
      hint: "Write the value into the file by hand: an anchor or alias is used elsewhere too.",
    },
  );
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Writes numbers into a file that still is what was read (its SHA-256), atomically, under the mode that it has. The new text.
 * Throws INPUT_CHANGED where it changed meanwhile, and as `editNumbers`.
 */
export async function writeNumbers(file: string, digest: string, edits: readonly Edit[]): Promise<string> {
  const target = await realpath(file).catch(() => path.resolve(file));
  const text = await readFile(target, "utf8").catch(() => undefined);
  if (text === undefined || digestOf(text) !== digest) {
    throw new LamellaError("INPUT_CHANGED", `${file} has changed since it was read: nothing is written`, {
      hint: "Open the preview anew, so that it shows what is in the file.",
      details: { file },
    });
  }
  const edited = editNumbers(text, edits);
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, edited, { flag: "wx" });
    await chmod(temporary, (await stat(target)).mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new LamellaError("STORAGE_FAILED", `${file} can't be written: ${(error as Error).message}`, {
      hint: "Check who may write the file and its folder.",
      details: { file },
      cause: error,
    });
  }
  return edited;
}
