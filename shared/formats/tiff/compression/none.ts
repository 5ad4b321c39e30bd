import type { SegmentCodec } from "./codec.ts";

export const none: SegmentCodec = {
  name: "none",
  codes: [1],
  maxRatio: 1,
  decode: (bytes) => bytes,
};
