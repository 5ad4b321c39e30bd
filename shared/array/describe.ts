import { regularShape } from "../block/chunk-grid.ts";
import type { Json } from "../errors.ts";
import { type ArrayNode, inputsOf, type Measure } from "./nodes.ts";

/** A node as one line of provenance: the operation with its parameters, without its inputs. */
export function describe(node: ArrayNode): { [key: string]: Json } {
  const facts = { step: node.step, op: node.kind as string, dtype: node.dtype };
  switch (node.kind) {
    case "source":
      return {
        ...facts,
        uri: node.source.uri,
        ...(node.source.kind === "image" ? { series: node.source.series } : { path: node.source.path }),
      };
    case "kernel":
      return {
        ...facts,
        op: node.op,
        kernel: node.kernel,
        args: node.args,
        ...(node.op === "mapOverlap" ? { depth: node.depth, boundary: node.boundary } : {}),
        in: inputsOf(node).map((input) => input.step),
      };
    case "blockwise":
      return {
        ...facts,
        op: node.op,
        ...(node.call ? { module: `${node.call.url.replace(/^.*\//, "")}#${node.call.exportName}` } : {}),
        args: node.args,
        inputs: node.inputs.map((input) =>
          "node" in input
            ? { in: input.node.step, labels: input.labels, depth: input.depth, boundary: input.boundary }
            : { literal: input.literal },
        ),
        out: node.out,
        blocks: node.chunks,
        labelBlocks: node.labelBlocks,
        ...(node.concatenate ? {} : { concatenate: false }),
        ...(node.trim ? {} : { trim: false }),
        ...(node.anyBlock ? { anyBlock: true } : {}),
        ...(node.output ? { output: { index: node.output.index, count: node.output.count } } : {}),
        in: inputsOf(node).map((input) => input.step),
      };
    case "op":
      return { ...facts, op: node.name, args: node.args, in: node.inputs.map((input) => input.step) };
    case "cast":
      return { ...facts, op: "astype", in: [node.input.step] };
    case "reduce":
      return {
        ...facts,
        op: node.operation,
        axis: node.reducedAxes,
        keepdims: node.keepdims,
        ddof: node.ddof,
        in: [node.input.step],
      };
    case "cumulate":
      return { ...facts, op: node.operation, axis: node.axis, in: [node.input.step] };
    case "tally":
      return { ...facts, ...tallied(node.measure), in: inputsOf(node).map((input) => input.step) };
    case "label":
      return { ...facts, connectivity: node.connectivity, in: [node.input.step] };
    case "measure":
      return {
        step: node.step,
        op: node.kind,
        properties: node.properties,
        in: [node.labels.step],
        ...(node.image ? { image: node.image.step } : {}),
      };
    case "rareLabels":
      return { ...facts, op: "removeSmall", minSize: node.minSize, in: [node.input.step] };
    case "components":
      return {
        ...facts,
        op: node.op,
        connectivity: node.connectivity,
        ...(node.keep.rule === "minSize" ? { minSize: node.keep.size } : {}),
        in: [node.input.step],
      };
    case "concatenate":
      return { ...facts, axis: node.axis, in: node.inputs.map((input) => input.step) };
    case "view":
      return {
        ...facts,
        sources: node.sources,
        starts: node.starts,
        steps: node.steps,
        fixed: node.fixed,
        in: [node.input.step],
      };
    case "rechunk":
      return { ...facts, chunks: regularShape(node.chunks) ?? node.chunks, in: [node.input.step] };
  }
}

function tallied(measure: Measure): { [key: string]: Json } {
  const { kind, ...rest } = measure;
  return { op: kind, ...rest };
}
