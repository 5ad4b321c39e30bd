import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../shared/block/dtype.ts";
import { zstdBound } from "../../../shared/zarr/codecs/native.ts";
import { encodeZstdElements } from "../../../shared/zarr/codecs/zstd-encode.ts";
import { randomOf } from "../../support/sample-data.ts";

const ELEMENTS = 600_000;

/** A slope with noise of so many values. */
function pixels(noise: number): Uint8Array {
  const random = randomOf(noise);
  return bytesOf(Uint16Array.from({ length: ELEMENTS }, (_, i) => 100 + (i % 1024) / 8 + random() * noise));
}

const floats = bytesOf(Float32Array.from(new Uint16Array(pixels(400).buffer), (value) => value / 3));

function usual(bytes: Uint8Array, level: number): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return zstdCompressSync(bytes, {
    params,
    pledgedSrcSize: bytes.byteLength,
    chunkSize: zstdBound(bytes.byteLength),
  });
}

describe("zstd frames of elements", () => {
  it("are about as short as level 3's, and decode to the same", () => {
    for (const [bytes, typeSize] of [
      [pixels(400), 2],
      [floats, 4],
    ] as const) {
      const frame = encodeZstdElements(bytes, 3, typeSize);
      expect(Buffer.compare(zstdDecompressSync(frame), bytes)).toBe(0);
      expect(frame.byteLength).toBeLessThan(1.03 * usual(bytes, 3).byteLength);
      expect(Buffer.compare(frame, usual(bytes, 3))).not.toBe(0);
      expect(encodeZstdElements(bytes, 0, typeSize)).toEqual(frame);
    }
  });

  it("are level 3's where its search finds more, and for few bytes", () => {
    for (const bytes of [pixels(40), pixels(400).subarray(0, 200_000)])
      expect(Buffer.compare(encodeZstdElements(bytes, 3, 2), usual(bytes, 3))).toBe(0);
  });

  it("find what repeats itself far away", () => {
    const repeated = new Uint8Array(2 * ELEMENTS);
    const part = pixels(400).subarray(0, 150_000);
    for (let at = 0; at < repeated.byteLength; at += part.byteLength) repeated.set(part, at);
    expect(encodeZstdElements(repeated, 3, 2).byteLength).toBeLessThan(1.1 * usual(repeated, 3).byteLength);
  });

  it("of other levels are zstd's own", () => {
    for (const level of [1, 2, 4, -2])
      expect(Buffer.compare(encodeZstdElements(floats, level, 4), usual(floats, level))).toBe(0);
  });
});
