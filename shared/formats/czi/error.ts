import { type ErrorCode, isLamellaError, type Json, LamellaError } from "../../errors.ts";

const HINTS: { readonly [code: string]: string } = {
  CZI_TRUNCATED:
    "The file is incomplete: copy or download it again, and compare its size with the original's.",
  CZI_MALFORMED: "The file is damaged, or its writer is at fault: save it again in ZEN.",
  CZI_UNSUPPORTED:
    "Let Bio-Formats read it: --reader bioformats; or save it in ZEN with another compression (none or Zstd).",
  CHUNK_DECODE: "The compressed data is damaged: copy or download the file again.",
};

/** True for what is wrong with a file itself, and not with reading it: another try would give the same. */
export function isDamage(error: unknown): error is LamellaError {
  return isLamellaError(error) && (error.code.startsWith("CZI_") || error.code === "OME_XML_INVALID");
}

/** An error that names the file and the place in it. */
export function cziError(
  code: Extract<ErrorCode, "CZI_TRUNCATED" | "CZI_MALFORMED" | "CZI_UNSUPPORTED" | "CHUNK_DECODE">,
  where: { readonly file: string; readonly segment?: string; readonly [key: string]: Json | undefined },
  what: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): LamellaError {
  const details = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)) as {
    [key: string]: Json;
  };
  const place = where.segment === undefined ? where.file : `${where.file}, ${where.segment}`;
  return new LamellaError(code, `${place}: ${what}`, {
    hint: options.hint ?? HINTS[code]!,
    details,
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}
