import type { ArrayNode } from "../array/nodes.ts";
import { whyNoImage } from "../formats/ngff/axes.ts";
import type { OutputRequest } from "../plan/outputs.ts";
import { outputRequests } from "./build.ts";
import { imageOutput } from "./output.ts";
import type { Pipeline } from "./schema.ts";

/**
 * How each input and step of a pipeline is served: one that it stores as it would be stored, any other in its own chunks; all that
 * can be images as images, with the levels that viewers need. By name; tables aren't arrays, and are left out.
 */
export function servedRequests(
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, ArrayNode>,
  base: string,
  where: string,
): Map<string, OutputRequest> {
  const outputs = outputRequests(pipeline, nodes, base, where);
  const requests = new Map<string, OutputRequest>();
  for (const [name, node] of nodes) {
    if (node.kind === "measure") continue;
    const stored = outputs.find(({ images }) => images[0]?.node === node);
    requests.set(name, { ...(stored ? withLevels(stored) : ownRequest(name, node)), name });
  }
  return requests;
}

function ownRequest(name: string, node: ArrayNode): OutputRequest {
  return imageOutput(name, node, "", canBeImage(node) ? { pyramid: {} } : {});
}

/** A stored output as it is, at full resolution; with smaller levels where it has none. */
function withLevels(output: OutputRequest): OutputRequest {
  const image = output.images[0]!;
  if (image.options.pyramid !== undefined || image.parentLevels || !canBeImage(image.node)) return output;
  const options = { ...image.options, pyramid: {} };
  if (image.kind !== "array") return { ...output, images: [{ ...image, options }] };
  const own = ownRequest(output.name, image.node);
  return { ...own, images: [{ ...own.images[0]!, options }] };
}

/** Whether an array's axes are those of an image, by their names or, where they have none, by their number. */
function canBeImage({ axes, shape }: ArrayNode): boolean {
  const isPlain = axes.every((axis) => axis.type === undefined && /^dim_\d+$/.test(axis.name));
  return isPlain ? shape.length >= 2 && shape.length <= 5 : whyNoImage(axes) === undefined;
}
