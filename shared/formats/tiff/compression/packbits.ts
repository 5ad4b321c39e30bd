import type { SegmentCodec } from "./codec.ts";

/** PackBits, TIFF 6.0 section 9: runs of literal bytes and of one repeated byte. */
export const packBits: SegmentCodec = {
  name: "PackBits",
  codes: [32773],
  maxRatio: 64,
  decode(bytes, { expected }) {
    const out = new Uint8Array(expected);
    let to = 0;
    let from = 0;
    while (to < expected) {
      if (from >= bytes.length) throw new Error(`the data ends after ${to} of ${expected} bytes`);
      const control = bytes[from++]!;
      if (control === 128) continue;
      const length = control < 128 ? control + 1 : 257 - control;
      const stop = Math.min(to + length, expected);
      if (control < 128) {
        if (from + (stop - to) > bytes.length)
          throw new Error(`the data ends after ${to} of ${expected} bytes`);
        out.set(bytes.subarray(from, from + (stop - to)), to);
        from += length;
      } else {
        if (from >= bytes.length) throw new Error(`the data ends after ${to} of ${expected} bytes`);
        out.fill(bytes[from++]!, to, stop);
      }
      to = stop;
    }
    return out;
  },
};
