import type { Json } from "../../shared/errors.ts";
import { FileStore } from "../../shared/storage/file.ts";
import type { ObjectStore } from "../../shared/storage/store.ts";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { arrayMetadataObjects, groupMetadataObjects } from "../../shared/zarr/write.ts";

type Attributes = { readonly [key: string]: Json };

/** A hierarchy by path: groups by their OME metadata (undefined: none of it), arrays by their specs. */
export interface Hierarchy {
  readonly version: "0.4" | "0.5";
  groups: { [path: string]: { [key: string]: unknown } | undefined };
  arrays: { [path: string]: Partial<ArraySpec> };
}

/** An image of two channels and three levels under a path, with one label image. */
export function imageHierarchy(version: "0.4" | "0.5"): Hierarchy {
  const sizes = [40, 20, 10];
  const level = (dtype: ArraySpec["dtype"], n: number): Partial<ArraySpec> => ({
    dtype,
    shape: [2, n, 1.5 * n],
    dimensionNames: ["c", "y", "x"],
  });
  return {
    version,
    groups: {
      "": { multiscales: [multiscale(version, 3)], omero: { channels: [channel(0), channel(1)] } },
      labels: { labels: ["cells"] },
      "labels/cells": {
        multiscales: [multiscale(version, 3)],
        "image-label": {
          ...(version === "0.4" ? { version } : {}),
          source: { image: "../../" },
          colors: [{ "label-value": 1, rgba: [255, 0, 0, 255] }],
        },
      },
    },
    arrays: Object.fromEntries(
      sizes.flatMap((n, i) => [
        [String(i), level("uint16", n)],
        [`labels/cells/${i}`, level("uint32", n)],
      ]),
    ),
  };
}

/** A plate of two wells with a field each. */
export function plateHierarchy(version: "0.4" | "0.5"): Hierarchy {
  const wells = ["A/1", "B/2"];
  const stamp = version === "0.4" ? { version } : {};
  return {
    version,
    groups: {
      "": {
        plate: {
          ...stamp,
          name: "plate",
          rows: [{ name: "A" }, { name: "B" }],
          columns: [{ name: "1" }, { name: "2" }],
          wells: wells.map((path, i) => ({ path, rowIndex: i, columnIndex: i })),
          field_count: 1,
        },
      },
      A: undefined,
      B: undefined,
      ...Object.fromEntries(
        wells.flatMap((well) => [
          [well, { well: { ...stamp, images: [{ path: "0" }] } }],
          [`${well}/0`, { multiscales: [multiscale(version, 1)] }],
        ]),
      ),
    },
    arrays: Object.fromEntries(
      wells.map((well) => [
        `${well}/0/0`,
        { dtype: "uint8", shape: [2, 8, 8], dimensionNames: ["c", "y", "x"] },
      ]),
    ),
  };
}

export function multiscale(version: "0.4" | "0.5", levels: number): { [key: string]: Json } {
  return {
    ...(version === "0.4" ? { version } : {}),
    name: "image",
    axes: [
      { name: "c", type: "channel" },
      { name: "y", type: "space", unit: "micrometer" },
      { name: "x", type: "space", unit: "micrometer" },
    ],
    datasets: Array.from({ length: levels }, (_, i) => ({
      path: String(i),
      coordinateTransformations: [{ type: "scale", scale: [1, 0.5 * 2 ** i, 0.5 * 2 ** i] }],
    })),
    type: "mean",
    metadata: { method: "mean" },
  };
}

function channel(i: number): Json {
  return { label: `c${i}`, color: "00FF00", window: { min: 0, max: 9, start: 0, end: 9 } };
}

/** Writes the metadata documents of a hierarchy; no chunk. */
export async function writeHierarchy(
  place: string | ObjectStore,
  { version, groups, arrays }: Hierarchy,
): Promise<void> {
  const store = typeof place === "string" ? new FileStore(place) : place;
  const zarrFormat = version === "0.4" ? 2 : 3;
  const under = (path: string, key: string) => (path === "" ? key : `${path}/${key}`);
  for (const [path, metadata] of Object.entries(groups)) {
    const ome = JSON.parse(JSON.stringify(metadata ?? {})) as Attributes;
    const isNested = version === "0.5" && metadata !== undefined;
    const attributes: Attributes = isNested ? { ome: { version, ...ome } } : ome;
    for (const { key, bytes } of groupMetadataObjects(zarrFormat, attributes))
      await store.put(under(path, key), bytes);
  }
  for (const [path, spec] of Object.entries(arrays)) {
    const shape = spec.shape ?? [1];
    const whole: ArraySpec = {
      zarrFormat,
      dtype: "uint8",
      chunkShape: shape,
      codec: { name: "none" },
      fillValue: 0,
      ...spec,
      shape,
    };
    for (const { key, bytes } of arrayMetadataObjects(whole)) await store.put(under(path, key), bytes);
  }
}
