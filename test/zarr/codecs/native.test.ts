import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  gzipCompress,
  nativeDecompress,
  zlibCompress,
  zstdCompress,
} from "../../../shared/zarr/codecs/native.ts";

const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);
const packed = { zstd: zstdCompress(bytes, 3), gzip: gzipCompress(bytes, 6), zlib: zlibCompress(bytes, 6) };
const bombs = {
  zstd: zstdCompressSync(new Uint8Array(1 << 26)),
  gzip: gzipSync(new Uint8Array(1 << 26)),
  zlib: deflateSync(new Uint8Array(1 << 26)),
};
const decodeFailure = expect.objectContaining({ code: "CHUNK_DECODE" });

describe.each(["zstd", "gzip", "zlib"] as const)("%s", (codec) => {
  it("decodes to an exact size, and within a bound", () => {
    expect(
      Buffer.from(nativeDecompress(codec, packed[codec], { bytes: 10_000, exact: true })).equals(bytes),
    ).toBe(true);
    expect(
      Buffer.from(nativeDecompress(codec, packed[codec], { bytes: 99_999, exact: false })).equals(bytes),
    ).toBe(true);
  });

  it("refuses more and fewer bytes than expected", () => {
    for (const size of [0, 1, 9_999, 10_001]) {
      expect(() => nativeDecompress(codec, packed[codec], { bytes: size, exact: true })).toThrow(
        decodeFailure,
      );
    }
    expect(() => nativeDecompress(codec, packed[codec], { bytes: 9_999, exact: false })).toThrow(
      decodeFailure,
    );
  });

  it("stops at the bound, whatever the input holds", () => {
    expect(() => nativeDecompress(codec, bombs[codec], { bytes: 1000, exact: true })).toThrow(
      /more than 1000/,
    );
  });

  it("refuses bytes that are cut short, or none of its own", () => {
    for (const length of [0, 1, 5, 20, packed[codec].byteLength - 1]) {
      const cut = packed[codec].subarray(0, length);
      expect(() => nativeDecompress(codec, cut, { bytes: 10_000, exact: true })).toThrow(decodeFailure);
    }
    expect(() => nativeDecompress(codec, bytes, { bytes: 10_000, exact: true })).toThrow(decodeFailure);
  });
});

describe("what is written", () => {
  it("is a zstd frame with its content size and without checksum", () => {
    const descriptor = packed.zstd[4]!;
    expect(packed.zstd.subarray(0, 4)).toEqual(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
    expect(descriptor >> 6 !== 0 || (descriptor & 0x20) !== 0).toBe(true);
    expect(descriptor & 0x04).toBe(0);
  });

  it("is a gzip member without time or system", () => {
    expect([...packed.gzip.subarray(4, 8), packed.gzip[9]]).toEqual([0, 0, 0, 0, 255]);
  });
});
