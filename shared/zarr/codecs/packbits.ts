import type { BytesCodec } from "./codec.ts";
import { decodeError, sizeError } from "./decode-error.ts";

/** numcodecs' packbits: how many bits of the last byte are padding, then eight truths a byte, the highest bit first. */
export function packbitsCodec(): BytesCodec {
  return {
    name: "numcodecs.packbits",
    encodedBound: (length) => ({ bytes: Math.ceil(length / 8) + 1, exact: true }),
    decode(bytes, bound) {
      const padding = bytes[0] ?? 0;
      if (bytes.length === 0 || padding > 7)
        throw decodeError("packbits", "its first byte is no count of bits");
      const length = (bytes.length - 1) * 8 - padding;
      if (bound.exact ? length !== bound.bytes : length > bound.bytes)
        throw sizeError("packbits", bound.bytes, length);
      return Uint8Array.from({ length }, (_, i) => (bytes[1 + (i >> 3)]! >> (7 - (i & 7))) & 1);
    },
    encode(bytes) {
      const out = new Uint8Array(Math.ceil(bytes.length / 8) + 1);
      out[0] = (out.length - 1) * 8 - bytes.length;
      bytes.forEach((byte, i) => {
        if (byte !== 0) out[1 + (i >> 3)]! |= 0x80 >> (i & 7);
      });
      return out;
    },
  };
}
