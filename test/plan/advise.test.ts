import { describe, expect, it } from "vitest";
import type { ArrayNode, SourceNode } from "../../shared/array/nodes.ts";
import type { Axis } from "../../shared/block/axes.ts";
import { sizeOf } from "../../shared/block/block.ts";
import { regularChunks } from "../../shared/block/chunk-grid.ts";
import { advise, type Use } from "../../shared/plan/advise.ts";

const TYPES = { t: "time", c: "channel", z: "space", y: "space", x: "space" } as const;

/** A lazy array of uint16 that nothing of but its facts is asked. */
function image(names: string, shape: readonly number[], chunks: readonly number[]): ArrayNode {
  const axes = [...names].map(
    (name): Axis => ({ name, type: TYPES[name as keyof typeof TYPES], scale: 1, translation: 0 }),
  );
  const node: Partial<SourceNode> = {
    kind: "source",
    shape,
    chunks: regularChunks(shape, chunks),
    dtype: "uint16",
    axes,
    step: "image",
  };
  return node as SourceNode;
}

const PICTURES = image("tczyx", [10, 2, 64, 2048, 2048], [1, 1, 1, 1024, 1024]);

function best(array: ArrayNode, use: Use, feature?: readonly number[]) {
  const advice = advise(array, use, feature ? { feature } : {});
  return advice.alternatives[advice.best]!;
}

describe("advise", () => {
  it("lays whole time along chunks for time series", () => {
    const { chunks, chunkBytes, against } = best(PICTURES, { kind: "temporal" });
    expect(chunks[0]).toBe(10);
    expect(chunks.slice(1, 3)).toEqual([1, 1]);
    expect(chunks[4]! / chunks[3]!).toBeLessThanOrEqual(2);
    expect(chunkBytes).toBeGreaterThan(10e6);
    expect(against).toEqual([]);
    const now = advise(PICTURES, { kind: "temporal" }).now;
    expect(now.against).toContain("cut along time");
  });

  it("gives viewers squares of single planes, in shards", () => {
    const { chunks, shards, objects, tasks } = best(PICTURES, { kind: "viewing" });
    expect(chunks).toEqual([1, 1, 1, 1024, 1024]);
    expect(shards!.every((n, axis) => n % chunks[axis]! === 0)).toBe(true);
    expect(sizeOf(shards!) * 2).toBeLessThanOrEqual(128 * 2 ** 20);
    expect(objects).toBeLessThan(tasks / 10);
  });

  it("keeps chunks thin for work on planes, and compact for work in space", () => {
    expect(best(PICTURES, { kind: "planes" }).chunks).toEqual([1, 1, 1, 2048, 2048]);
    const { chunks } = best(PICTURES, { kind: "spatial" });
    expect(chunks.slice(0, 2)).toEqual([1, 1]);
    expect(chunks[2]).toBe(64);
    expect(chunks[4]! / chunks[3]!).toBeLessThanOrEqual(2);
  });

  it("counts a kernel's halos as what tasks take, and finds chunks with cheap ones", () => {
    const reach = [0, 0, 8, 8, 8].map((n) => [n, n] as const);
    const advice = advise(PICTURES, { kind: "kernel", reach });
    // of 64 chunks of one plane 8 more are taken on either side, but at the ends, where there are fewer
    expect(advice.now.halo).toBeCloseTo(((17 * 64 - 72) / 64) * ((1032 * 2) / 2048) ** 2, 10);
    const chosen = advice.alternatives[advice.best]!;
    expect(chosen.halo).toBeLessThanOrEqual(1.25);
    expect(chosen.requests).toBeLessThan(advice.now.requests);
    expect(advice.reasons.join(" ")).toMatch(/z 8 and 8, y 8 and 8, x 8 and 8/);
  });

  it("makes chunks three times as long as what is looked for", () => {
    const { chunks } = best(PICTURES, { kind: "spatial" }, [0, 0, 10, 100, 100]);
    expect(chunks[3]).toBeGreaterThanOrEqual(300);
    const small = image("yx", [5000, 5000], [50, 50]);
    expect(advise(small, { kind: "spatial" }, { feature: [40, 40] }).now.against).toContain(
      "shorter than 3 features",
    );
  });

  it("takes any array: small ones whole, ones without time not for time series, empty ones too", () => {
    expect(best(image("yx", [30, 40], [10, 10]), { kind: "spatial" })).toMatchObject({
      chunks: [30, 40],
      tasks: 1,
      against: [],
    });
    expect(() => advise(image("yx", [30, 40], [10, 10]), { kind: "temporal" })).toThrow(/no time axis/);
    expect(best(image("yx", [0, 40], [1, 40]), { kind: "planes" }).halo).toBe(1);
    expect(best(image("", [], []), { kind: "spatial" }).chunks).toEqual([]);
  });
});

describe("what there is now", () => {
  it("counts its shards as objects, and the bytes that halos add", () => {
    const now = advise(PICTURES, { kind: "spatial" }, { shards: [1, 1, 64, 2048, 2048] }).now;
    expect(now).toMatchObject({ shards: [1, 1, 64, 2048, 2048], objects: 20, tasks: 5120 });
    expect(now.usd).toBeLessThan(advise(PICTURES, { kind: "spatial" }).now.usd);
    const reach = PICTURES.shape.map((_, axis) => (axis === 4 ? ([8, 8] as const) : ([0, 0] as const)));
    const { bytes, halo } = advise(PICTURES, { kind: "kernel", reach }).now;
    expect(bytes).toBe(Math.round(sizeOf(PICTURES.shape) * 2 * halo));
    expect(halo).toBeGreaterThan(1);
  });
});
