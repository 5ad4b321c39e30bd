import { bzip2Decompress } from "./bzip2.ts";
import type { BytesCodec } from "./codec.ts";
import { decodeError } from "./decode-error.ts";
import { decodeXz } from "./xz/decode.ts";

/** numcodecs' bz2, reading alone. */
export function bz2Codec(): BytesCodec {
  return readOnly(
    "bz2",
    (length) => length + Math.ceil(length / 64) + 1024,
    (bytes, most) => bzip2Decompress(bytes, most),
  );
}

/** numcodecs' lzma in its usual container, .xz; reading alone. */
export function lzmaCodec(): BytesCodec {
  return readOnly(
    "lzma",
    (length) => length + Math.ceil(length / 3) + 1024,
    (bytes, most) => decodeXz(bytes, most),
  );
}

function readOnly(
  name: string,
  encodedBytes: (length: number) => number,
  decompress: (bytes: Uint8Array, most: number) => Uint8Array,
): BytesCodec {
  return {
    name: `numcodecs.${name}`,
    encodedBound: (length) => ({ bytes: encodedBytes(length), exact: false }),
    decode(bytes, bound) {
      try {
        return decompress(bytes, bound.bytes);
      } catch (error) {
        throw error instanceof Error && error.name === "LamellaError"
          ? error
          : decodeError(name, error instanceof Error ? error.message : String(error), error);
      }
    },
    encode() {
      throw decodeError(name, "is read, and not written");
    },
  };
}
