import type { ArrayNode, SourceNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { largestBlock, regularChunks } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import type { OutputRequest } from "../plan/outputs.ts";

/** Bytes of arrays, decoded. */
export function inputBytes(nodes: readonly ArrayNode[]): number {
  return nodes.reduce((bytes, { shape, dtype }) => bytes + sizeOf(shape) * itemSize(dtype), 0);
}

/** What is simulated under another size's name would mislead; elements and chunks are whole, so a little is to be expected. */
const FAR_OFF = 0.1;
/** Chunks along an axis that a lazy array lists: beyond, the next axis grows. */
const MOST_CHUNKS = 1_000_000;

/**
 * Inputs as if there were more of the same, until they hold so many bytes together: the largest is made longer along its first axis
 * that isn't of channels (along more where that alone would be absurd), and so are those of its rank that are as long. Chunks stay as
 * they are. Nothing of what comes out can be read: it is there to be planned. Throws INVALID_ARGUMENT where no length comes near the bytes.
 */
export function grownInputs(inputs: readonly ArrayNode[], bytes: number): ArrayNode[] {
  const [largest] = [...inputs].sort((a, b) => inputBytes([b]) - inputBytes([a]));
  const axes = (largest?.axes ?? []).flatMap(({ type }, axis) => (type === "channel" ? [] : [axis]));
  let grown = [...inputs];
  for (const axis of axes) {
    const before = inputBytes(grown);
    const length = largest!.shape[axis]!;
    const grows = (node: ArrayNode, i: number): node is SourceNode =>
      node.kind === "source" &&
      node.shape.length === largest!.shape.length &&
      inputs[i]!.shape[axis] === length;
    const growing = inputBytes(grown.filter(grows));
    const factor = growing > 0 ? (bytes - before + growing) / growing : 1;
    const most = MOST_CHUNKS * Math.max(1, largestBlock(largest!.chunks)[axis]!);
    const wanted = Math.max(length, Math.min(most, Math.round(length * factor)));
    grown = grown.map((node, i) => (grows(node, i) ? longer(node, axis, wanted) : node));
    if (wanted < most) break;
  }
  const reached = inputBytes(grown);
  if (bytes > inputBytes(inputs) && Math.abs(reached / bytes - 1) > FAR_OFF) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `the inputs can't be made to hold ${bytes} bytes: ${reached} come nearest`,
      {
        hint: "They grow along axes that aren't of channels, by whole elements, to a million chunks along each.",
      },
    );
  }
  return grown;
}

/** A conversion whose images are made longer likewise; of smaller resolutions that they bring there are none then. */
export function grownOutput(output: OutputRequest, bytes: number): OutputRequest {
  const grown = grownInputs(
    output.images.map(({ node }) => node),
    bytes,
  );
  return {
    ...output,
    images: output.images.map(({ sourceLevels: _, ...image }, i) => ({ ...image, node: grown[i]! })),
  };
}

function longer(node: SourceNode, axis: number, length: number): SourceNode {
  const shape = node.shape.with(axis, length);
  const { coordinates: _, ...even } = node.axes[axis]!;
  return {
    ...node,
    shape,
    chunks: regularChunks(shape, largestBlock(node.chunks)),
    axes: node.axes.with(axis, even),
  };
}
