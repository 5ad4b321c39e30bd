import { constants, deflateSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeInto, encodeZstdInto } from "../../../shared/zarr/codecs/native-context.ts";

/** Runs, noise and words, none like the one before. */
function sample(length: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 3000 < 1000 ? state >>> 24 : i % 3000 < 2000 ? i >> 6 : (i * seed) % 17;
  });
}

const pack = {
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes, { pledgedSrcSize: bytes.byteLength }),
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  zlib: (bytes: Uint8Array) => deflateSync(bytes),
};

describe.each(["zstd", "gzip", "zlib"] as const)("decoding %s", (codec) => {
  const room = new Uint8Array(new SharedArrayBuffer(300_001));

  it("takes one after the other in shared memory", () => {
    for (const [nth, size] of [300_000, 1, 131_072, 255, 256, 70_000].entries()) {
      const bytes = sample(size, nth + 1);
      expect(decodeInto(codec, pack[codec](bytes), room, size)).toBe(true);
      expect(Buffer.from(room.slice(0, size)).equals(bytes)).toBe(true);
    }
  });

  it("refuses what is cut, damaged, followed by more or of another size, and goes on with the next", () => {
    const bytes = sample(100_000, 7);
    const packed = pack[codec](bytes);
    const damaged = Uint8Array.from(packed);
    damaged.fill(0x5a, 40, 400);
    const bad: [Uint8Array, number][] = [
      [packed.subarray(0, -1), 100_000],
      [packed.subarray(0, 3), 100_000],
      [new Uint8Array(0), 100_000],
      // Without a checksum zstd takes other pixels for what they are.
      ...(codec === "zstd" ? [] : [[damaged, 100_000] as [Uint8Array, number]]),
      [Buffer.concat([packed, Buffer.of(1, 2, 3)]), 100_000],
      [packed, 99_999],
      [packed, 100_001],
      [packed, 0],
    ];
    for (const [input, size] of bad) {
      expect(decodeInto(codec, input, room, size)).toBe(false);
      expect(decodeInto(codec, packed, room, 100_000)).toBe(true);
      expect(Buffer.from(room.slice(0, 100_000)).equals(bytes)).toBe(true);
    }
  });
});

it("holds a zstd frame's checksum against its content", () => {
  const bytes = sample(50_000, 3);
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  const packed = zstdCompressSync(bytes, { pledgedSrcSize: bytes.byteLength, params });
  const target = new Uint8Array(50_000);
  expect(decodeInto("zstd", packed, target, 50_000)).toBe(true);
  packed[packed.length - 1]! ^= 1;
  expect(decodeInto("zstd", packed, target, 50_000)).toBe(false);
  expect(decodeInto("zstd", packed.subarray(0, -4), target, 50_000)).toBe(false);
});

describe("encoding zstd", () => {
  it("gives node:zlib's bytes however often a context was used", () => {
    for (const level of [1, 3, 1, 4, -3, 2]) {
      for (const [nth, size] of [300_000, 20_000, 400_000, 5, 131_073].entries()) {
        const bytes = sample(size, nth + level + 9);
        const target = new Uint8Array(size + (size >> 8) + 300);
        const length = encodeZstdInto(bytes, { level }, target);
        const params = { [constants.ZSTD_c_compressionLevel]: level };
        // With room for all of it, zstd writes it in one go, as here.
        const chunkSize = target.byteLength;
        const expected = zstdCompressSync(bytes, { pledgedSrcSize: size, params, chunkSize });
        expect(Buffer.from(target.subarray(0, length)).equals(expected)).toBe(true);
      }
    }
  });

  it("takes level -1 for what it is, not for the default of 3", () => {
    const bytes = sample(300_000, 5);
    const [minusTwo, minusOne, three] = [-2, -1, 3].map((level) => {
      const target = new Uint8Array(310_000);
      const length = encodeZstdInto(bytes, { level }, target)!;
      expect(zstdDecompressSync(target.subarray(0, length)).equals(bytes)).toBe(true);
      return length;
    });
    expect(minusOne).toBeLessThan(minusTwo!);
    expect(minusOne).not.toBe(three);
  });

  it("leaves to others what doesn't fit, and levels whose tables are salted, and goes on with the next", () => {
    const bytes = sample(100_000, 5);
    const target = new Uint8Array(110_000);
    const length = encodeZstdInto(bytes, { level: 1 }, target)!;
    const first = target.slice(0, length);
    expect(encodeZstdInto(bytes, { level: 1 }, target.subarray(0, length - 1))).toBeUndefined();
    expect(encodeZstdInto(bytes, { level: 5 }, target)).toBeUndefined();
    expect(encodeZstdInto(bytes, { level: 1 }, target)).toBe(length);
    expect(target.slice(0, length)).toEqual(first);
  });
});
