import { ccitt } from "./ccitt.ts";
import type { SegmentCodec } from "./codec.ts";
import { deflate } from "./deflate.ts";
import { jpeg, oldJpeg } from "./jpeg.ts";
import { jpeg2000 } from "./jpeg2000.ts";
import { lerc } from "./lerc.ts";
import { lzma } from "./lzma.ts";
import { lzw } from "./lzw.ts";
import { none } from "./none.ts";
import { packBits } from "./packbits.ts";
import { webp } from "./webp.ts";
import { zstd } from "./zstd.ts";

/** The compressions that are read, one file each: a new one is written beside these and added here. */
const CODECS: readonly SegmentCodec[] = [
  none,
  deflate,
  lzw,
  packBits,
  zstd,
  lzma,
  jpeg,
  oldJpeg,
  jpeg2000,
  webp,
  lerc,
  ccitt,
];

const BY_CODE = new Map(CODECS.flatMap((codec) => codec.codes.map((code) => [code, codec] as const)));

export function codecFor(compression: number): SegmentCodec | undefined {
  return BY_CODE.get(compression);
}
