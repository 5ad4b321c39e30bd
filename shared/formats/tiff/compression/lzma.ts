import { decodeXz } from "../../../zarr/codecs/xz/decode.ts";
import type { SegmentCodec } from "./codec.ts";

/** LZMA: .xz streams, as libtiff writes them. */
export const lzma: SegmentCodec = {
  name: "LZMA",
  codes: [34925],
  // A chunk of 2 MiB from some 300 bytes.
  maxRatio: 8192,
  decode: (bytes, { limit }) => decodeXz(bytes, limit),
};
