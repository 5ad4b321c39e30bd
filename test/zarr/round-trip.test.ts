import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { allocate, bytesOf, DTYPES, isFloat, itemSize } from "../../shared/block/dtype.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { copyBox } from "../../shared/zarr/box.ts";
import type { ArraySpec, CodecSpec } from "../../shared/zarr/spec.ts";
import { chunkKey, encodeChunk, objectShapeOf } from "../../shared/zarr/write.ts";
import { readArray } from "../support/read-array.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

const codecs: fc.Arbitrary<CodecSpec> = fc.oneof(
  fc.record({
    name: fc.constant("blosc" as const),
    cname: fc.constantFrom("zstd" as const, "lz4" as const),
    level: fc.integer({ min: 0, max: 6 }),
    shuffle: fc.constantFrom("shuffle" as const, "noshuffle" as const),
  }),
  fc.record({ name: fc.constant("zstd" as const), level: fc.integer({ min: -5, max: 5 }) }),
  fc.record({ name: fc.constant("gzip" as const), level: fc.integer({ min: 0, max: 9 }) }),
  fc.constant({ name: "none" as const }),
);

const specs: fc.Arbitrary<ArraySpec> = fc
  .record({
    zarrFormat: fc.constantFrom(2 as const, 3 as const),
    axes: fc.array(
      fc.record({
        length: fc.integer({ min: 0, max: 20 }),
        chunk: fc.integer({ min: 1, max: 12 }),
        perShard: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 3 },
    ),
    sharded: fc.boolean(),
    dtype: fc.constantFrom(...DTYPES),
    codec: codecs,
    fill: fc.constantFrom<number | string>(0, 1, -0, "NaN", "Infinity"),
  })
  .map(({ zarrFormat, axes, sharded, dtype, codec, fill }) => ({
    zarrFormat,
    shape: axes.map(({ length }) => length),
    chunkShape: axes.map(({ chunk }) => chunk),
    ...(sharded && zarrFormat === 3
      ? { shardShape: axes.map(({ chunk, perShard }) => chunk * perShard) }
      : {}),
    dtype,
    codec,
    fillValue: isFloat(dtype) ? fill : fill === 1 ? 1 : 0,
  }));

/** The objects of a whole array, cut at its end, by grid position. */
function objectsOf(spec: ArraySpec, whole: Block): [number[], Block][] {
  let positions: number[][] = [[]];
  const objectShape = objectShapeOf(spec);
  spec.shape.forEach((n, axis) => {
    const count = Math.ceil(n / objectShape[axis]!);
    positions = positions.flatMap((before) => Array.from({ length: count }, (_, i) => [...before, i]));
  });
  return positions.map((coords) => {
    const start = coords.map((c, axis) => c * objectShape[axis]!);
    const shape = start.map((s, axis) => Math.min(objectShape[axis]!, spec.shape[axis]! - s));
    const data = allocate(spec.dtype, sizeOf(shape));
    copyBox(
      { data: whole.data, shape: spec.shape, start },
      { data, shape, start: start.map(() => 0) },
      shape,
    );
    return [coords, { dtype: spec.dtype, shape, data }];
  });
}

describe("what is written is read", () => {
  it("for all dtypes, formats, codecs, shapes, chunks and shards, bit by bit", async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.integer(), async (spec, seed) => {
        const whole = sampleBlock(spec.dtype, spec.shape, seed);
        const array = await putArray(new MemoryStore(), "a/b", spec, objectsOf(spec, whole));
        expect(array.shape).toEqual(spec.shape);
        expect(array.dtype).toBe(spec.dtype);
        expect(array.chunkShape).toEqual(spec.chunkShape);
        expect(array.shardShape).toEqual(spec.shardShape);
        expect(Buffer.from(bytesOf(await readArray(array)))).toEqual(Buffer.from(bytesOf(whole.data)));
      }),
      { numRuns: 300 },
    );
  });

  it("for blocks of several mebibytes, whose last blosc block is smaller", async () => {
    for (const cname of ["zstd", "lz4"] as const) {
      for (const dtype of ["uint8", "float32", "float64"] as const) {
        const shape = [3, 1031, 257];
        const codec: CodecSpec = { name: "blosc", cname, level: 1, shuffle: "shuffle" };
        const spec: ArraySpec = { ...SPEC, shape, chunkShape: shape, dtype, codec };
        const whole = sampleBlock(dtype, shape);
        const array = await putArray(new MemoryStore(), "", spec, [[[0, 0, 0], whole]]);
        expect(Buffer.from(bytesOf(await readArray(array))).equals(Buffer.from(bytesOf(whole.data)))).toBe(
          true,
        );
      }
    }
  });

  it("with the same bytes each time", () => {
    fc.assert(
      fc.property(specs, fc.integer(), (spec, seed) => {
        const block = sampleBlock(spec.dtype, spec.chunkShape, seed);
        expect(encodeChunk(spec, block)).toEqual(encodeChunk(spec, block));
      }),
    );
  });
});

describe("fill values", () => {
  it("are not stored, and read as absent", async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        const size = sizeOf(spec.chunkShape);
        const data = allocate(spec.dtype, size);
        const store = new MemoryStore();
        const array = await putArray(store, "", spec);
        (data as { fill(value: number | bigint): unknown }).fill(array.fillValue);
        expect(encodeChunk(spec, { dtype: spec.dtype, shape: spec.chunkShape, data })).toBeUndefined();
        if (sizeOf(spec.shape) > 0) expect(await array.readChunk(spec.shape.map(() => 0))).toBeUndefined();
      }),
    );
  });

  it("are compared by their bits: -0 is not 0", () => {
    const spec: ArraySpec = { ...SPEC, dtype: "float32", shape: [2], chunkShape: [2] };
    const block = (data: Float32Array): Block => ({ dtype: "float32", shape: [2], data });
    expect(encodeChunk(spec, block(Float32Array.of(0, 0)))).toBeUndefined();
    expect(encodeChunk(spec, block(Float32Array.of(0, -0)))).toBeDefined();
    expect(encodeChunk({ ...spec, fillValue: -0 }, block(Float32Array.of(-0, -0)))).toBeUndefined();
    expect(encodeChunk({ ...spec, fillValue: "NaN" }, block(Float32Array.of(NaN, NaN)))).toBeUndefined();
    expect(encodeChunk({ ...spec, fillValue: "NaN" }, block(Float32Array.of(NaN, 1)))).toBeDefined();
  });

  it("pad an edge chunk", async () => {
    const spec: ArraySpec = { ...SPEC, shape: [3], chunkShape: [5], fillValue: 7, codec: { name: "none" } };
    const edge: Block = { dtype: "uint16", shape: [3], data: Uint16Array.of(1, 2, 3) };
    expect(encodeChunk(spec, edge)).toEqual(Uint8Array.of(1, 0, 2, 0, 3, 0, 7, 0, 7, 0));
    expect(chunkKey(spec, [0])).toBe("c/0");
    expect(chunkKey({ ...spec, zarrFormat: 2 }, [0])).toBe("0");
    expect(itemSize(spec.dtype)).toBe(2);
  });
});
