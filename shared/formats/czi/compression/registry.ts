import type { TileCodec } from "./codec.ts";
import { jpeg } from "./jpeg.ts";
import { lzw } from "./lzw.ts";
import { none } from "./none.ts";
import { zstd0 } from "./zstd0.ts";
import { zstd1 } from "./zstd1.ts";

const CODECS: ReadonlyMap<number, TileCodec> = new Map(
  [none, jpeg, lzw, zstd0, zstd1].map((codec) => [codec.code, codec]),
);

/** The codec of a compression's number in the directory; undefined for those that aren't read. */
export function codecFor(code: number): TileCodec | undefined {
  return CODECS.get(code);
}

/** What to call a compression. Source: ZISRAW (CZI) File Format, "Compression". */
export function compressionName(code: number): string {
  if (code === 4) return "JPEG XR";
  if (code >= 100 && code < 1000) return `raw data of a camera (${code})`;
  return CODECS.get(code)?.name ?? `compression ${code}`;
}
