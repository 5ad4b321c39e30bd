import { decodeError, sizeError } from "./decode-error.ts";

/** Decompresses .xz (liblzma's container) to at most `most` bytes. xz-decompress is loaded at the first call. Throws CHUNK_DECODE. */
export async function xzDecompress(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const { XzReadableStream } = await import("xz-decompress");
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const out = new Uint8Array(most);
  let length = 0;
  try {
    const reader = new XzReadableStream(source).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.byteLength > most) {
        await reader.cancel().catch(() => undefined);
        throw sizeError("xz", most, `more than ${most}`);
      }
      out.set(value, length);
      length += value.byteLength;
    }
  } catch (error) {
    if (error instanceof Error && error.name === "LamellaError") throw error;
    throw decodeError("xz", error instanceof Error ? error.message : String(error), error);
  }
  return out.subarray(0, length);
}
