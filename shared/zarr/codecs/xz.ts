import { decodeError } from "./decode-error.ts";
import { decodeXz } from "./xz/decode.ts";

/** Decompresses .xz (liblzma's container) to at most `most` bytes. Throws CHUNK_DECODE. */
export async function xzDecompress(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  try {
    return decodeXz(bytes, most);
  } catch (error) {
    throw decodeError("xz", error instanceof Error ? error.message : String(error), error);
  }
}
