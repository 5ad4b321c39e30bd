import type { ArrayNode } from "../array/nodes.ts";
import { fromTiff, fromZarr } from "../array/open.ts";
import { recognisePlace } from "../formats/place.ts";
import { formatUri, parseUri } from "../storage/uri.ts";

/** The array at a place of any kind, as it is stored: uri#component picks one, else the first image in full resolution. Reads metadata only. */
export async function openAny(uri: string): Promise<ArrayNode> {
  const { component, ...location } = parseUri(uri);
  const place = await recognisePlace(location, component ?? "");
  const there = formatUri(location);
  const picked = component === undefined ? {} : { component };
  switch (place.kind) {
    case "zarr":
      return fromZarr(there, picked);
    case "n5": {
      const { fromN5 } = await import("../array/open-n5.ts");
      return fromN5(there, picked);
    }
    case "hdf5": {
      const { fromHdf5 } = await import("../array/open-hdf5.ts");
      return fromHdf5(there, component === undefined ? {} : { dataset: component });
    }
    case "file":
      return fromTiff(uri);
  }
}
