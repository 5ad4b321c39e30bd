import type { ImageMetadata } from "../block/axes.ts";
import type { Json } from "../errors.ts";
import type { Inspection } from "./inspect.ts";

/** Axes and channels, as every kind of image has them. */
export function imageFacts(metadata: ImageMetadata): Inspection {
  return {
    axes: metadata.axes.map((axis) => ({ ...axis }) as unknown as Json),
    ...(metadata.channels
      ? { channels: metadata.channels.map((channel) => ({ ...channel }) as unknown as Json) }
      : {}),
    ...(metadata.values ? { values: { ...metadata.values } as unknown as Json } : {}),
  };
}
