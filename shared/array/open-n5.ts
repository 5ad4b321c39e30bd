import { regularChunks } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { openStore, parseUri } from "../storage/uri.ts";
import type { SourceNode } from "./nodes.ts";

export interface FromN5Options {
  /** Path of the dataset in its container, e.g. "volumes/raw/s0"; of a pyramid's group, the full resolution is taken. */
  readonly component?: string;
  readonly step?: string;
}

/**
 * A lazy array over an N5 dataset, in C order: what `attributes.json` lists as x, y, z is z, y, x here, as z5py and zarr-python's
 * N5Store show it. Reads attributes only. Throws NOT_FOUND, N5_METADATA, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC.
 */
export async function fromN5(uri: string, options: FromN5Options = {}): Promise<SourceNode> {
  const { component: fragment, ...location } = parseUri(uri);
  const { n5DatasetsBelow, openN5Node } = await import("../formats/n5/open.ts");
  const store = await openStore(location);
  const path = (options.component ?? fragment ?? "").replace(/^\/+|\/+$/g, "");
  let node = await openN5Node(store, path);
  if (node.kind === "group" && node.levels.length > 0) node = await openN5Node(store, node.levels[0]!);
  if (node.kind === "group") {
    const datasets = await n5DatasetsBelow(store, path);
    throw new LamellaError("NOT_FOUND", `${node.label} is an N5 group, not a dataset`, {
      hint: `Name a dataset behind #${datasets.length === 0 ? "" : `: ${datasets.slice(0, 8).join(", ")}`}.`,
      details: { uri: store.uri, path, datasets },
    });
  }
  const { array, metadata } = node;
  return Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "n5", uri: store.uri, path: array.path },
    fingerprints: { [`${store.uri}#${array.path}`]: array.metadataHash },
    shape: array.shape,
    chunks: regularChunks(array.shape, array.chunkShape),
    dtype: array.dtype,
    axes: metadata.axes,
    step: options.step ?? (array.path || store.uri).split("/").at(-1)!,
  });
}
