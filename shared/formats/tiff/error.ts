import { type ErrorCode, type Json, LamellaError } from "../../errors.ts";

const HINTS: { readonly [code: string]: string } = {
  TIFF_TRUNCATED:
    "The file is incomplete: copy or download it again, and compare its size with the original's.",
  TIFF_MALFORMED: "The file is damaged, or its writer is at fault: write it again with another program.",
  TIFF_UNSUPPORTED:
    "Convert the file first, for example with bfconvert, to one of: none, deflate, LZW, PackBits, zstd, LZMA, LERC, JPEG, JPEG 2000, WebP.",
  CHUNK_DECODE: "The compressed data is damaged: copy or download the file again.",
};

/** An error that names the file and the place in it. */
export function tiffError(
  code: Extract<ErrorCode, "TIFF_TRUNCATED" | "TIFF_MALFORMED" | "TIFF_UNSUPPORTED" | "CHUNK_DECODE">,
  where: { readonly file: string; readonly ifd?: string; readonly [key: string]: Json | undefined },
  what: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): LamellaError {
  const details = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)) as {
    [key: string]: Json;
  };
  const place = where.ifd === undefined ? where.file : `${where.file}, ${where.ifd}`;
  return new LamellaError(code, `${place}: ${what}`, {
    hint: options.hint ?? HINTS[code]!,
    details,
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}
