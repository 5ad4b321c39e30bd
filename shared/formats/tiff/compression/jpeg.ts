import { getDecoder } from "geotiff";
import type { SegmentCodec } from "./codec.ts";

export const jpeg: SegmentCodec = {
  name: "JPEG",
  codes: [7],
  pixels: true,
  refuse: (layout) => (layout.bits === 8 ? undefined : `JPEG of ${layout.bits} bits is not read`),
  async decode(bytes, { jpegTables }) {
    const decoder = await getDecoder(7, { JPEGTables: jpegTables } as never);
    return new Uint8Array(
      (await (decoder as unknown as { decodeBlock(b: ArrayBuffer): ArrayBuffer }).decodeBlock(
        bytes.slice().buffer,
      )) as ArrayBuffer,
    );
  },
};
