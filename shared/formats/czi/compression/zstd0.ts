import type { TileCodec } from "./codec.ts";
import { decodeZstd, ZSTD_MAX_RATIO } from "./zstd-frame.ts";

/** A Zstandard frame of the pixels as they are. */
export const zstd0: TileCodec = {
  name: "Zstd0",
  code: 5,
  maxRatio: ZSTD_MAX_RATIO,
  decode: (bytes, { expected }) => decodeZstd(bytes, expected),
};
