import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../shared/block/dtype.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { decodeBlosc, decodeBloscPieces } from "../../../shared/zarr/codecs/blosc-decode.ts";
import { encodeBlosc } from "../../../shared/zarr/codecs/blosc-encode.ts";
import { readBloscFrame } from "../../../shared/zarr/codecs/blosc-frame.ts";
import { heapBytes } from "../../../shared/zarr/codecs/codec-heap.ts";
import { randomOf, sampleBlock } from "../../support/sample-data.ts";

const options = fc.record({
  cname: fc.constantFrom("zstd" as const, "lz4" as const),
  level: fc.integer({ min: 0, max: 9 }),
  shuffle: fc.boolean(),
  typeSize: fc.integer({ min: 1, max: 16 }),
});

const smooth = Uint8Array.from(bytesOf(sampleBlock("uint16", [5000]).data));

describe("blosc frames", () => {
  it("decode to what was encoded, for every type size, whole elements or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), options, (bytes, how) => {
        const frame = encodeBlosc(bytes, how);
        expect(frame.byteLength).toBeLessThanOrEqual(bytes.byteLength + 16);
        expect(Buffer.from(decodeBlosc(frame, bytes.byteLength))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("say in their header what c-blosc reads there", () => {
    const frame = encodeBlosc(smooth, { cname: "lz4", level: 5, shuffle: true, typeSize: 2 });
    expect(frame[0]).toBe(2);
    expect(readBloscFrame(frame)).toEqual({
      format: "lz4",
      typeSize: 2,
      filter: "shuffle",
      stored: false,
      split: false,
      bytes: 10_000,
      blockBytes: 10_000,
      blocks: 1,
    });
    expect(frame.byteLength).toBe(new DataView(frame.buffer).getUint32(12, true));
    expect(frame.byteLength).toBeLessThan(6000);
  });

  it("have a stream for each byte of an element where blocks are large, of which noise is stored", () => {
    const elements = 300_000;
    const random = randomOf(7);
    const values = Float32Array.from({ length: elements }, () => 1 + random() / 8);
    const bytes = bytesOf(values);
    const how = { cname: "zstd", level: 1, shuffle: true, typeSize: 4 } as const;
    const frame = encodeBlosc(bytes, how);
    expect(readBloscFrame(frame)).toMatchObject({ split: true, blockBytes: 1 << 20, blocks: 2 });
    const view = new DataView(frame.buffer);
    let at = view.getUint32(16, true);
    const lengths = Array.from({ length: 4 }, () => {
      const length = view.getUint32(at, true);
      at += 4 + length;
      return length;
    });
    // the two low bytes of the mantissa, its high bits, and what is the same for all
    expect(lengths.slice(0, 2)).toEqual([1 << 18, 1 << 18]);
    expect(lengths[2]).toBeLessThan(140_000);
    expect(lengths[3]).toBeLessThan(100);
    expect(at).toBe(view.getUint32(20, true));
    expect(Buffer.compare(decodeBlosc(frame, bytes.byteLength), bytes)).toBe(0);
    expect(encodeBlosc(bytes, how)).toEqual(frame);
  });

  it("store no noise that repeats itself", () => {
    const random = randomOf(9);
    const noise = Uint8Array.from({ length: 30_000 }, () => random() * 256);
    const bytes = new Uint8Array(600_000);
    for (let at = 0; at < bytes.byteLength; at += noise.byteLength) bytes.set(noise, at);
    const frame = encodeBlosc(bytes, { cname: "zstd", level: 1, shuffle: true, typeSize: 2 });
    expect(frame.byteLength).toBeLessThan(60_000);
    expect(Buffer.compare(decodeBlosc(frame, bytes.byteLength), bytes)).toBe(0);
  });

  it("give the same bytes whatever was encoded before", () => {
    const random = randomOf(3);
    const noise = Uint8Array.from({ length: 600_000 }, () => random() * 256);
    const flat = new Uint8Array(600_000).fill(5);
    const how = { cname: "zstd", level: 1, shuffle: true, typeSize: 4 } as const;
    const samples = [flat, noise, Uint8Array.from(bytesOf(sampleBlock("float32", [150_000]).data))];
    const first = samples.map((bytes) => encodeBlosc(bytes, how));
    for (const order of [
      [2, 1, 0, 0, 2],
      [1, 2, 0],
    ]) {
      for (const k of order) expect(Buffer.compare(encodeBlosc(samples[k]!, how), first[k]!)).toBe(0);
    }
    expect(readBloscFrame(first[1]!)).toMatchObject({ stored: true });
  });

  it("encode from a heap and decode into one as they do outside, and leave nothing allocated", () => {
    const heap = new Heap(kernelModule());
    const source = heap.allocBytes(smooth.byteLength);
    const target = heap.allocBytes(smooth.byteLength);
    const live = heap.live;
    heapBytes(heap, source, smooth.byteLength).set(smooth);
    for (const cname of ["zstd", "lz4"] as const) {
      for (const shuffle of [true, false]) {
        const how = { cname, level: 3, shuffle, typeSize: 2 };
        const frame = encodeBlosc(heapBytes(heap, source, smooth.byteLength), how, heap, source);
        expect(frame).toEqual(encodeBlosc(smooth, how));
        heapBytes(heap, target, smooth.byteLength).fill(0);
        decodeBloscPieces(heap, frame, smooth.byteLength, (ptr, offset, length) =>
          heapBytes(heap, target + offset, length).set(heapBytes(heap, ptr, length)),
        );
        expect(Buffer.from(heapBytes(heap, target, smooth.byteLength))).toEqual(Buffer.from(smooth));
        expect(heap.live).toBe(live);
      }
    }
  });

  it("are refused where they hold another size than expected", () => {
    const frame = encodeBlosc(smooth, { cname: "zstd", level: 1, shuffle: true, typeSize: 2 });
    expect(() => decodeBlosc(frame, 9_999)).toThrow(expect.objectContaining({ code: "CHUNK_DECODE" }));
  });

  it("damaged anywhere give an error or other bytes of the same size, and leave nothing allocated", () => {
    const heap = new Heap(kernelModule());
    const frames = (["zstd", "lz4"] as const).map((cname) =>
      encodeBlosc(smooth, { cname, level: 1, shuffle: true, typeSize: 2 }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.boolean(),
        (frame, edits, cut, cuts) => {
          const damaged = frame.slice(0, cuts ? cut % frame.byteLength : frame.byteLength);
          for (const [at, value] of edits) damaged[at % (at % 2 === 0 ? 40 : frame.byteLength)] = value;
          try {
            expect(decodeBlosc(damaged, smooth.byteLength, heap).byteLength).toBe(smooth.byteLength);
          } catch (error) {
            expect(["CHUNK_DECODE", "UNSUPPORTED_CODEC"]).toContain((error as { code?: string }).code);
          }
          expect(heap.live).toBe(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
