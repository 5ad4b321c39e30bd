import { topological } from "../array/nodes.ts";
import { storedNodes } from "./compile.ts";
import type { OutputRequest } from "./outputs.ts";
import { digestOf, type Pins, pinKey } from "./pins.ts";

/** Lists the inputs that are arrays of objects: one request for a thousand chunks. Image and HDF5 files are known by their ETags. */
export async function pinInputs(outputs: readonly OutputRequest[]): Promise<Pins> {
  const pins = new Map<string, string>();
  for (const node of topological(outputs.flatMap(storedNodes))) {
    if (node.kind !== "source") continue;
    const { source } = node;
    if (source.kind !== "zarr" && source.kind !== "n5") continue;
    const key = pinKey(source.uri, source.path);
    if (!pins.has(key)) pins.set(key, await digestOf(source.uri, source.path));
  }
  return pins;
}
