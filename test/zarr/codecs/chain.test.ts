import { describe, expect, it } from "vitest";
import { chunkDecoder } from "../../../shared/zarr/codecs/chain.ts";

const BYTES = { name: "bytes", configuration: {} };

describe("chunkDecoder", () => {
  it("takes any byte but 0 as true, wherever it lies, without touching the store's bytes", async () => {
    for (let length = 1; length < 12; length++) {
      for (let offset = 0; offset < 4; offset++) {
        for (let at = 0; at < length; at++) {
          const buffer = new Uint8Array(offset + length);
          buffer[offset + at] = 255;
          const decode = chunkDecoder([BYTES], "bool", [length], "here");
          const { data } = await decode(buffer.subarray(offset));
          expect([...(data as Uint8Array)]).toEqual(Array.from({ length }, (_, i) => Number(i === at)));
          expect(buffer[offset + at]).toBe(255);
        }
      }
    }
  });

  it("swaps big-endian bytes without touching the store's bytes", async () => {
    const stored = Uint8Array.of(1, 2, 3, 4);
    const decode = chunkDecoder([{ name: "bytes", configuration: { endian: "big" } }], "uint16", [2], "here");
    expect((await decode(stored)).data).toEqual(Uint16Array.of(0x0102, 0x0304));
    expect(stored).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it("undoes several transposes in their order", async () => {
    const order = (axes: number[]) => ({ name: "transpose", configuration: { order: axes } });
    const decode = chunkDecoder([order([1, 2, 0]), order([2, 0, 1]), BYTES], "uint8", [2, 3, 1], "here");
    // the two cancel out
    expect((await decode(Uint8Array.of(0, 1, 2, 3, 4, 5))).data).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
  });

  it("refuses a chunk that is too small or too large", () => {
    const decode = chunkDecoder([BYTES], "uint16", [2], "here");
    for (const length of [0, 3, 5, 8]) {
      expect(() => decode(new Uint8Array(length))).toThrow(expect.objectContaining({ code: "CHUNK_DECODE" }));
    }
  });
});
