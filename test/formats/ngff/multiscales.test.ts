import { describe, expect, test } from "vitest";
import type { ImageMetadata } from "../../../shared/block/axes.ts";
import { imageAttributes, type Level, levelAxis } from "../../../shared/formats/ngff/multiscales.ts";
import { schemaErrors, schemaFolder } from "./schemas.ts";

const VERSIONS = ["0.4", "0.5"] as const;

const METADATA: ImageMetadata = {
  name: "cells",
  axes: [
    { name: "t", type: "time", unit: "second", scale: 30, translation: 0 },
    { name: "c", type: "channel", scale: 1, translation: 0 },
    { name: "z", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
    { name: "y", type: "space", unit: "micrometer", scale: 0.25, translation: 0 },
    { name: "x", type: "space", unit: "micrometer", scale: 0.25, translation: 10 },
  ],
  channels: [
    { label: "DAPI", color: "0000FF", window: { min: 0, max: 4095, start: 100, end: 900 } },
    { label: "GFP", active: false },
  ],
};

const LEVELS: Level[] = [
  { path: "0", shape: [3, 4, 9, 512, 512], factors: [1, 1, 1, 1, 1] },
  { path: "1", shape: [3, 4, 9, 256, 256], factors: [1, 1, 1, 2, 2] },
  { path: "2", shape: [3, 4, 4, 128, 128], factors: [1, 1, 2, 4, 4] },
];

describe("imageAttributes", () => {
  test("gives scales, and half-pixel translations where there are any", () => {
    const attributes = imageAttributes({
      version: "0.5",
      metadata: METADATA,
      levels: LEVELS,
      method: "mean",
    });
    expect(attributes).toEqual({
      ome: {
        version: "0.5",
        multiscales: [
          {
            name: "cells",
            axes: [
              { name: "t", type: "time", unit: "second" },
              { name: "c", type: "channel" },
              { name: "z", type: "space", unit: "micrometer" },
              { name: "y", type: "space", unit: "micrometer" },
              { name: "x", type: "space", unit: "micrometer" },
            ],
            datasets: [
              {
                path: "0",
                coordinateTransformations: [
                  { type: "scale", scale: [30, 1, 0.5, 0.25, 0.25] },
                  { type: "translation", translation: [0, 0, 0, 0, 10] },
                ],
              },
              {
                path: "1",
                coordinateTransformations: [
                  { type: "scale", scale: [30, 1, 0.5, 0.5, 0.5] },
                  { type: "translation", translation: [0, 0, 0, 0.125, 10.125] },
                ],
              },
              {
                path: "2",
                coordinateTransformations: [
                  { type: "scale", scale: [30, 1, 1, 1, 1] },
                  { type: "translation", translation: [0, 0, 0.25, 0.375, 10.375] },
                ],
              },
            ],
            type: "mean",
            metadata: { method: "mean", description: expect.stringContaining("half to even") },
          },
        ],
      },
    });
  });

  test("has everything at the root in 0.4", () => {
    const attributes = imageAttributes({
      version: "0.4",
      metadata: METADATA,
      levels: LEVELS,
      method: "nearest",
    });
    expect(attributes).not.toHaveProperty("ome");
    expect(attributes["multiscales"]).toMatchObject([{ version: "0.4", type: "nearest" }]);
  });

  test("leaves out translations of nought", () => {
    const axes = METADATA.axes.map((axis) => ({ ...axis, translation: 0 }));
    const of = (method: "nearest" | "mode") =>
      JSON.stringify(imageAttributes({ version: "0.5", metadata: { axes }, levels: LEVELS, method }));
    expect(of("nearest")).not.toContain("translation");
    expect(of("mode").match(/"translation":/g)).toHaveLength(2);
  });

  test.each(["mean", "mode", "max", "min", "median"] as const)("centres the windows of %s", (method) => {
    const axis = { name: "x", scale: 2, translation: 1 };
    expect(levelAxis(axis, 1, method)).toEqual(axis);
    // Elements 0..3 have their centres at 1, 3, 5, 7: the mean is 4.
    expect(levelAxis(axis, 4, method)).toEqual({ name: "x", scale: 8, translation: 4 });
    expect(levelAxis(axis, 4, "nearest").translation).toBe(1);
  });

  test("shows channels", () => {
    const attributes = imageAttributes({
      version: "0.5",
      metadata: METADATA,
      levels: LEVELS,
      method: "mean",
      omero: { dtype: "uint16" },
    });
    const full = { min: 0, max: 65535, start: 0, end: 65535 };
    expect(attributes).toMatchObject({
      ome: {
        omero: {
          channels: [
            {
              label: "DAPI",
              color: "0000FF",
              window: { min: 0, max: 4095, start: 100, end: 900 },
              active: true,
            },
            { label: "GFP", color: "00FF00", window: full, active: false },
            { label: "Channel 2", color: "FF00FF", window: full, active: true },
            { label: "Channel 3", color: "FFFF00", window: full, active: false },
          ],
          rdefs: { defaultT: 0, defaultZ: 4, model: "color" },
        },
      },
    });
  });

  test.each([
    ["t", "c"],
    ["x", "y", "z", "t"],
    ["c", "t", "y", "x"],
    ["y", "x", "y"],
    ["t", "c", "z", "y", "x", "w"],
    ["q", "y", "x"],
  ])("refuses axes that are no image's: %s %s %s", (...names) => {
    const axes = names.filter(Boolean).map((name) => ({ name, scale: 1, translation: 0 }));
    const levels = [{ path: "0", shape: axes.map(() => 4), factors: axes.map(() => 1) }];
    expect(() => imageAttributes({ version: "0.5", metadata: { axes }, levels, method: "mean" })).toThrow(
      expect.objectContaining({ code: "SHAPE_MISMATCH" }),
    );
  });
});

describe.skipIf(schemaFolder === undefined).each(VERSIONS)("the schema of %s", (version) => {
  const metadatas: [string, ImageMetadata][] = [
    ["five axes", METADATA],
    ["two axes", { axes: METADATA.axes.slice(3) }],
    ["three axes without units", { axes: METADATA.axes.slice(2).map(({ unit: _, ...axis }) => axis) }],
    [
      "a plain array's axes",
      { axes: [0, 1, 2, 3].map((i) => ({ name: `dim_${i}`, scale: 1, translation: 0 })) },
    ],
  ];

  test.each(metadatas)("accepts %s", (_, metadata) => {
    const rank = metadata.axes.length;
    const levels = LEVELS.map(({ path, shape, factors }) => ({
      path,
      shape: shape.slice(-rank),
      factors: factors.slice(-rank),
    }));
    for (const omero of [{}, { omero: { dtype: "float32" } }] as const) {
      const attributes = imageAttributes({ version, metadata, levels, method: "mean", ...omero });
      expect(schemaErrors(version, "image", attributes)).toBe("");
      expect(schemaErrors(version, "strict_image", attributes)).toBe("");
    }
  });
});
