import { describe, expect, test } from "vitest";
import type { Axis, ImageMetadata } from "../../../shared/block/axes.ts";
import { imageAttributes } from "../../../shared/formats/ngff/multiscales.ts";
import { isImage, readGroupAttributes, readImage } from "../../../shared/formats/ngff/read.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { sharedData } from "../../support/shared-data.ts";
import { schemaFolder, suiteOf } from "./schemas.ts";

const AXES: Axis[] = [
  { name: "c", type: "channel", scale: 1, translation: 0 },
  { name: "y", type: "space", unit: "micrometer", scale: 0.25, translation: 3 },
  { name: "x", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
];
const METADATA: ImageMetadata = {
  name: "cells",
  axes: AXES,
  channels: [
    { label: "a", color: "FF0000", window: { min: 0, max: 9, start: 1, end: 8 }, active: true },
    { label: "b", color: "00FF00", window: { min: 0, max: 9, start: 1, end: 8 }, active: false },
  ],
};

/** The attributes of a small 0.4 image, with parts of its multiscale replaced. */
function attributesWith(parts: { [key: string]: unknown }): { multiscales: unknown[] } {
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [2, 3] }] }];
  return { multiscales: [{ version: "0.4", axes: [{ name: "y" }, { name: "x" }], datasets, ...parts }] };
}

describe("readImage", () => {
  test.each(["0.4", "0.5"] as const)("reads what was written as %s", (version) => {
    const levels = [
      { path: "0", shape: [2, 8, 8], factors: [1, 1, 1] },
      { path: "1", shape: [2, 4, 4], factors: [1, 2, 2] },
    ];
    const attributes = imageAttributes({
      version,
      metadata: METADATA,
      levels,
      method: "mean",
      omero: { dtype: "uint8" },
    });
    expect(isImage(attributes)).toBe(true);
    const image = readImage(JSON.parse(JSON.stringify(attributes)), "a.zarr");
    expect(image).toMatchObject({ version, name: "cells", metadata: METADATA });
    expect(image.datasets).toEqual([
      { path: "0", scale: [1, 0.25, 0.5], translation: [0, 3, 0] },
      { path: "1", scale: [1, 0.5, 1], translation: [0, 3.125, 0.25] },
    ]);
    expect(image.omero).toMatchObject({ rdefs: { model: "color" } });
  });

  test("applies the whole image's transformation after the dataset's", () => {
    const image = readImage(
      attributesWith({
        coordinateTransformations: [
          { type: "scale", scale: [10, 10] },
          { type: "translation", translation: [1, 2] },
          { type: "affine", input: { name: "yx" }, output: { name: "global" } },
        ],
        datasets: [
          {
            path: "s0",
            coordinateTransformations: [
              { type: "scale", scale: [2, 3] },
              { type: "translation", translation: [0.5, 0] },
            ],
          },
        ],
      }),
      "a.zarr",
    );
    expect(image.datasets).toEqual([{ path: "s0", scale: [20, 30], translation: [6, 2] }]);
  });

  test("reads the versions before 0.4", () => {
    const bare = readImage({ multiscales: [{ version: "0.1", datasets: [{ path: "0" }] }] }, "a.zarr");
    expect(bare.metadata.axes.map((axis) => [axis.name, axis.type])).toEqual([
      ["t", "time"],
      ["c", "channel"],
      ["z", "space"],
      ["y", "space"],
      ["x", "space"],
    ]);
    const named = readImage(
      { multiscales: [{ version: "0.3", axes: ["c", "y", "x"], datasets: [{ path: "0" }] }] },
      "a.zarr",
    );
    expect(named.metadata.axes).toEqual(
      AXES.map(({ name, type }) => ({ name, type, scale: 1, translation: 0 })),
    );
  });

  test("knows the version without being told", () => {
    expect(readImage(attributesWith({ version: undefined }), "a.zarr").version).toBe("0.4");
    expect(readImage({ ome: attributesWith({ version: undefined }) }, "a.zarr").version).toBe("0.5");
  });

  test("takes units as they are found, by NGFF's names where it can", () => {
    const axes = [
      { name: "q", type: "custom" },
      { name: "y", type: "space", unit: "µm" },
      { name: "x", type: "space", unit: "furlong" },
    ];
    const datasets = [{ path: "0" }];
    const units = readImage(attributesWith({ axes, datasets }), "a.zarr").metadata.axes.map(
      ({ type, unit }) => [type, unit],
    );
    expect(units).toEqual([
      [undefined, undefined],
      ["space", "micrometer"],
      ["space", "furlong"],
    ]);
  });

  test("leaves out channels' facts that make no sense", () => {
    const channels = [
      { label: "a", color: "#ff0000", window: { min: 0, max: "9" } },
      null,
      { color: "red", active: 1 },
    ];
    const image = readImage({ ...attributesWith({}), omero: { channels } }, "a.zarr");
    expect(image.metadata.channels).toEqual([
      { label: "a", color: "FF0000" },
      { label: "Channel 1" },
      { label: "Channel 2" },
    ]);
  });

  const scale = (value: unknown) => [
    { path: "0", coordinateTransformations: [{ type: "scale", scale: value }] },
  ];
  test.each<[string, unknown]>([
    ["no multiscales", undefined],
    ["no multiscales", { labels: ["a"] }],
    ["multiscales is no list", { multiscales: {} }],
    ["multiscales is no list", { multiscales: [] }],
    ["has no axes", attributesWith({ axes: undefined })],
    ["axes is no list", attributesWith({ axes: [] })],
    ["axes[1] has no name", attributesWith({ axes: [{ name: "y" }, {}] })],
    ["the same name: y, y", attributesWith({ axes: [{ name: "y" }, { name: "y" }] })],
    ["no datasets", attributesWith({ datasets: [] })],
    ["datasets[0] has no path", attributesWith({ datasets: [{}] })],
    [
      "datasets[0].coordinateTransformations: scale is no list of 2 numbers",
      attributesWith({ datasets: scale([1]) }),
    ],
    ["scale is no list of 2 numbers", attributesWith({ datasets: scale([1, "2"]) })],
    ["scale is no list of 2 numbers", attributesWith({ datasets: scale(undefined) })],
    [
      'type "affine" isn\'t known',
      attributesWith({ datasets: [{ path: "0", coordinateTransformations: [{ type: "affine" }] }] }),
    ],
    ["it is no list", attributesWith({ coordinateTransformations: {} })],
    ["no transformation", attributesWith({ coordinateTransformations: [1] })],
  ])("says that there is/are %s", (problem, attributes) => {
    const read = () => readImage(attributes, "s3://b/a.zarr");
    expect(read).toThrow(
      expect.objectContaining({ code: "ZARR_METADATA", details: { uri: "s3://b/a.zarr" } }),
    );
    expect(read).toThrow(problem);
  });

  test.skipIf(schemaFolder === undefined)("reads all that the specification calls valid", () => {
    const failed: string[] = [];
    for (const { data, valid, formerly } of [...suiteOf("0.4", "image"), ...suiteOf("0.5", "image")]) {
      if (!valid) continue;
      try {
        readImage(data, formerly);
      } catch (error) {
        failed.push(String(error));
      }
    }
    // A schema can't count, but the text has it that there is a number per axis.
    const mismatch = expect.stringContaining("scale is no list of 3 numbers");
    expect(failed).toEqual(failed.map(() => mismatch));
    expect(new Set(failed).size).toBe(1);
  });
});

describe("readImage of 0.6", () => {
  const axes = [
    { name: "y", type: "space", unit: "micrometer" },
    { name: "x", type: "space", unit: "micrometer" },
  ];
  const dataset = (path: string, steps: object[]) => {
    const places = { input: { path }, output: { name: "intrinsic" } };
    const only = steps.length === 1 ? steps[0]! : { type: "sequence", transformations: steps };
    return { path, coordinateTransformations: [{ ...only, ...places }] };
  };
  const image = (datasets: object[]) => ({
    ome: {
      version: "0.6.dev4",
      multiscales: [
        {
          name: "a",
          coordinateSystems: [
            { name: "other", axes: [{ name: "a" }, { name: "b" }] },
            { name: "intrinsic", axes },
          ],
          datasets,
          coordinateTransformations: [
            { type: "scale", scale: [10, 10], input: { name: "intrinsic" }, output: { name: "other" } },
          ],
        },
      ],
    },
  });

  test("takes the axes of the system that levels lead to, and sequences of scale and translation", () => {
    const scale = { type: "scale", scale: [1, 0.5] };
    const read = readImage(
      image([dataset("s0", [scale]), dataset("s1", [scale, { type: "translation", translation: [3, 0] }])]),
      "here",
    );
    expect(read).toMatchObject({
      version: "0.6.dev4",
      name: "a",
      metadata: {
        axes: [
          { name: "y", unit: "micrometer", scale: 1 },
          { name: "x", scale: 0.5 },
        ],
      },
      datasets: [
        { path: "s0", scale: [1, 0.5], translation: [0, 0] },
        { path: "s1", scale: [1, 0.5], translation: [3, 0] },
      ],
    });
  });

  test("refuses what isn't a scale and a translation", () => {
    for (const step of [
      { type: "rotation", rotation: [0, 1, 1, 0] },
      { type: "sequence", transformations: [{ type: "sequence", transformations: [] }] },
      { type: "sequence" },
    ]) {
      expect(() => readImage(image([dataset("s0", [step])]), "here")).toThrow(
        expect.objectContaining({ code: "ZARR_METADATA" }),
      );
    }
  });
});

describe("readGroupAttributes", () => {
  test("reads either format", async () => {
    const store = new MemoryStore();
    const put = (key: string, text: string) => store.put(key, new TextEncoder().encode(text));
    expect(await readGroupAttributes(store)).toBeUndefined();
    await put(".zattrs", '{"a": 2}');
    expect(await readGroupAttributes(store)).toEqual({ a: 2 });
    await put("zarr.json", '{"zarr_format": 3, "node_type": "group"}');
    expect(await readGroupAttributes(store)).toEqual({});
    await put("zarr.json", '{"attributes": {"a": 3}}');
    expect(await readGroupAttributes(store)).toEqual({ a: 3 });
    for (const bad of ["{", "[]", "null"]) {
      await put("zarr.json", bad);
      await expect(readGroupAttributes(store)).rejects.toMatchObject({
        code: "ZARR_METADATA",
        message: expect.stringContaining("memory://store/zarr.json"),
      });
    }
  });

  const folder = sharedData("data/zarr");
  test.skipIf(folder === undefined)("reads images that others wrote", async () => {
    const store = new FileStore(folder!);
    const versions = new Map<string, number>();
    for await (const { key } of store.list("")) {
      if (!/(^|\/)(\.zattrs|zarr\.json)$/.test(key) || !key.includes("/")) continue;
      const group = store.child(key.slice(0, key.lastIndexOf("/")));
      const attributes = await readGroupAttributes(group);
      if (!isImage(attributes)) continue;
      const image = readImage(attributes, group.uri);
      versions.set(image.version, (versions.get(image.version) ?? 0) + 1);
      for (const { path, scale } of image.datasets) {
        expect(scale).toHaveLength(image.metadata.axes.length);
        expect(await group.listDirectory(`${path}/`)).not.toEqual([]);
      }
    }
    expect(versions.get("0.4")).toBeGreaterThan(0);
    expect(versions.get("0.5")).toBeGreaterThan(0);
  });
});
