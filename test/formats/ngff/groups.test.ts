import { describe, expect, test } from "vitest";
import { mergeAttributes } from "../../../shared/formats/ngff/attributes.ts";
import {
  labelAttributes,
  labelsGroupAttributes,
  readLabelNames,
} from "../../../shared/formats/ngff/labels.ts";
import { imageAttributes } from "../../../shared/formats/ngff/multiscales.ts";
import { provenanceAttributes, readProvenance } from "../../../shared/formats/ngff/provenance.ts";
import {
  isSeriesRoot,
  omeGroupAttributes,
  readSeriesPaths,
  seriesPaths,
  seriesRootAttributes,
} from "../../../shared/formats/ngff/series.ts";
import { schemaErrors, schemaFolder } from "./schemas.ts";

const COLORS = [{ value: 1, rgba: [255, 0, 0, 255] }] as const;

describe("labels", () => {
  test("say whose they are", () => {
    expect(labelAttributes({ version: "0.4" })).toEqual({
      "image-label": { version: "0.4", source: { image: "../../" } },
    });
    expect(labelAttributes({ version: "0.5", colors: COLORS, properties: [{ value: 1, area: 12 }] })).toEqual(
      {
        ome: {
          version: "0.5",
          "image-label": {
            colors: [{ "label-value": 1, rgba: [255, 0, 0, 255] }],
            properties: [{ "label-value": 1, area: 12 }],
            source: { image: "../../" },
          },
        },
      },
    );
  });

  test("are listed by their group", () => {
    expect(labelsGroupAttributes("0.4", ["nuclei"])).toEqual({ labels: ["nuclei"] });
    expect(labelsGroupAttributes("0.5", ["nuclei"])).toEqual({ ome: { version: "0.5", labels: ["nuclei"] } });
    for (const version of ["0.4", "0.5"] as const) {
      expect(readLabelNames(labelsGroupAttributes(version, ["a", "b"]))).toEqual(["a", "b"]);
    }
    expect(readLabelNames({ labels: ["a", 1, null] })).toEqual(["a"]);
    expect(readLabelNames(undefined)).toEqual([]);
  });
});

describe("series", () => {
  test("are named by their root and its OME group", () => {
    expect(seriesPaths(3)).toEqual(["0", "1", "2"]);
    for (const version of ["0.4", "0.5"] as const) {
      const root = seriesRootAttributes(version);
      expect(isSeriesRoot(root)).toBe(true);
      expect(isSeriesRoot(omeGroupAttributes(version, ["0"]))).toBe(false);
      expect(readSeriesPaths(omeGroupAttributes(version, ["0", "1"]))).toEqual(["0", "1"]);
      expect(readSeriesPaths(root)).toBeUndefined();
    }
  });
});

describe("provenance", () => {
  const provenance = {
    planHash: "abc",
    version: "0.1.0",
    inputs: [{ uri: "https://h.org/a.tif?sig=secret", etag: "e" }, { uri: "s3://b/what?.tif" }],
    operations: [{ op: "mapOverlap", kernel: "gaussian", args: { sigma: 1.5 } }],
    kernels: { mine: "ff" },
  };

  test("is read back, without signatures", () => {
    const attributes = provenanceAttributes(provenance);
    expect(readProvenance(attributes)).toEqual({
      ...provenance,
      inputs: [{ uri: "https://h.org/a.tif", etag: "e" }, { uri: "s3://b/what?.tif" }],
    });
  });

  test.each([undefined, null, {}, { lamella: 1 }, { lamella: { planHash: "x" } }])(
    "isn't made up from %j",
    (attributes) => {
      expect(readProvenance(attributes)).toBeUndefined();
    },
  );
});

describe.skipIf(schemaFolder === undefined).each(["0.4", "0.5"] as const)("the schemas of %s", (version) => {
  const axes = ["y", "x"].map((name) => ({ name, scale: 1, translation: 0 }));
  const image = imageAttributes({
    version,
    metadata: { axes },
    levels: [{ path: "0", shape: [4, 4], factors: [1, 1] }],
    method: "mode",
  });

  test("accept a label image, which is an image too", () => {
    const label = mergeAttributes(image, labelAttributes({ version, colors: COLORS }), {
      lamella: { planHash: "x" },
    });
    for (const name of ["image", "strict_image", "label", "strict_label"]) {
      expect(schemaErrors(version, name, label)).toBe("");
    }
    expect(schemaErrors(version, "label", labelAttributes({ version }))).toBe("");
  });

  test("accept the groups of series", () => {
    expect(schemaErrors(version, "bf2raw", seriesRootAttributes(version))).toBe("");
    expect(schemaErrors(version, "ome", omeGroupAttributes(version, seriesPaths(2)))).toBe("");
  });
});
