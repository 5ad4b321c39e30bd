import { decodeLzw, LZW_MAX_RATIO } from "../../tiff/compression/lzw.ts";
import type { TileCodec } from "./codec.ts";

/** As in TIFF. */
export const lzw: TileCodec = {
  name: "LZW",
  code: 2,
  maxRatio: LZW_MAX_RATIO,
  decode: (bytes, { expected }) => decodeLzw(bytes, expected),
};
