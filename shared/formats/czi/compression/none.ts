import type { TileCodec } from "./codec.ts";

export const none: TileCodec = {
  name: "none",
  code: 0,
  maxRatio: 1,
  raw: true,
  decode: (bytes) => bytes,
};
