import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { N5Array } from "../formats/n5/array.ts";
import { n5DatasetsBelow, openN5Node } from "../formats/n5/open.ts";
import type { ObjectStore } from "../storage/store.ts";
import { imageFacts } from "./image-facts.ts";
import type { Inspection } from "./inspect.ts";

/** An N5 dataset, a pyramid with its levels, or a group with the datasets below it. */
export async function inspectN5(store: ObjectStore, path: string): Promise<Inspection> {
  const node = await openN5Node(store, path);
  if (node.kind === "dataset") {
    return {
      kind: "n5 dataset",
      uri: store.uri,
      path,
      ...arrayFacts(node.array),
      ...imageFacts(node.metadata),
      attributes: node.array.attributes,
    };
  }
  const levels = await Promise.all(node.levels.map((level) => openN5Node(store, level)));
  const first = levels[0];
  return {
    kind: first ? "n5 pyramid" : "n5 group",
    uri: store.uri,
    path,
    ...(first?.kind === "dataset"
      ? {
          ...imageFacts(first.metadata),
          levels: levels.flatMap((level) =>
            level.kind === "dataset"
              ? [
                  {
                    path: level.array.path,
                    ...arrayFacts(level.array),
                    scale: level.metadata.axes.map((axis) => axis.scale),
                    translation: level.metadata.axes.map((axis) => axis.translation),
                  },
                ]
              : [],
          ),
        }
      : { datasets: await n5DatasetsBelow(store, path) }),
    attributes: node.attributes,
  };
}

function arrayFacts(array: N5Array): Inspection {
  return {
    shape: array.shape,
    dtype: array.dtype,
    chunks: array.chunkShape,
    compression: array.compression as Json,
    fillValue: 0,
    decodedBytes: sizeOf(array.shape) * itemSize(array.dtype),
  };
}
