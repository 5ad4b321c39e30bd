import { joinKey } from "../storage/key.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import type { PlanBuilder } from "./builder.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import { storeIntermediate, storeNode } from "./compile-node.ts";
import {
  DEFAULT_CODEC,
  type ImageRequest,
  type OutputRequest,
  outputChunks,
  outputLevels,
  outputShards,
} from "./outputs.ts";
import type { PyramidLevel, PyramidMethod } from "./pyramid.ts";
import type { PlanImage } from "./schema.ts";

/** The arrays of an image of an output, all its levels; and what its metadata will say. */
export function declareImage(
  builder: PlanBuilder,
  output: Pick<OutputRequest, "name" | "uri">,
  image: ImageRequest,
): { readonly target: StoredLevels; readonly planned: PlanImage } {
  const levels = outputLevels(image);
  const method = pyramidMethod(image);
  const chunks = outputChunks(image.node, image.options);
  const shards = outputShards(image.node, image.options, chunks);
  const zarrFormat = image.options.ngff === "0.4" ? 2 : 3;
  const paths = levelPaths(image, levels.length);
  const ids = levels.map((level, i) => {
    if (i === 0 && image.added) return builder.read(image.node)!;
    const spec: ArraySpec = {
      zarrFormat,
      shape: level.shape,
      dtype: image.node.dtype,
      chunkShape: chunks.map((n, axis) => Math.max(1, Math.min(n, level.shape[axis]!))),
      ...(shards === undefined ? {} : { shardShape: shardFor(shards, chunks, level) }),
      codec: image.options.codec ?? DEFAULT_CODEC,
      fillValue: 0,
      ...(image.kind === "array" && image.metadata.axes.every((a) => /^dim_\d+$/.test(a.name))
        ? {}
        : { dimensionNames: image.metadata.axes.map((a) => a.name) }),
    };
    const id = builder.arrayName(levels.length === 1 ? output.name : `${output.name}.${i}`);
    return builder.addArray(id, {
      role: "output",
      uri: output.uri,
      path: paths[i]!,
      spec: JSON.parse(JSON.stringify(spec)) as never,
    });
  });
  const reused = reusedLevels(image, levels);
  const planned: PlanImage = {
    kind: image.kind,
    path: image.path,
    levels: paths.map((path, i) => ({
      array: ids[i]!,
      path: relative(path, image.path),
      factors: cumulative(levels, i),
    })),
    metadata: JSON.parse(JSON.stringify(image.metadata)) as PlanImage["metadata"],
    ...(levels.length > 1 ? { method } : {}),
    ...(reused > 0 ? { reused } : {}),
    ...(image.imageLabel ? { imageLabel: image.imageLabel } : {}),
    ...(image.added ? { added: { replaces: [...image.added.replaces], isBare: image.added.isBare } } : {}),
  };
  return { target: { ids, levels, method }, planned };
}

/** Whether an image is an array and nothing else: no levels, and no statistics for how it is shown. */
export function isPlain(image: ImageRequest): boolean {
  return !image.added && !image.windows && outputLevels(image).length === 1;
}

/** The shape of the objects that a plain image is stored in. */
export function outputObject(image: ImageRequest): readonly number[] {
  const chunks = outputChunks(image.node, image.options);
  const [level] = outputLevels(image);
  const shards = outputShards(image.node, image.options, chunks);
  if (shards !== undefined) return shardFor(shards, chunks, level!);
  return chunks.map((n, axis) => Math.max(1, Math.min(n, level!.shape[axis]!)));
}

/** The stages that compute and store one image of an output with its pyramid, and what its metadata will say. */
export async function compileImage(
  builder: PlanBuilder,
  output: OutputRequest,
  image: ImageRequest,
): Promise<PlanImage> {
  for (const pending of builder.pending(image.node)) await storeIntermediate(builder, pending);
  const { target, planned } = declareImage(builder, output, image);
  const firstStage = builder.stages.length;
  const statisticsAxis = image.windows
    ? image.node.axes.findIndex((axis) => axis.type === "channel")
    : undefined;
  if (image.added) await compilePyramid(builder, image.node.step, target, 0, statisticsAxis);
  else await storeLevels(builder, image, target, statisticsAxis);
  const measured = builder.stages.findIndex(
    (s, i) => i >= firstStage && "statisticsAxis" in s && s.statisticsAxis !== undefined,
  );
  return { ...planned, ...(measured < 0 ? {} : { statisticsStage: measured }) };
}

/** How many of the source's own resolutions are those of the pyramid, one after another from the second on. */
function reusedLevels({ node, sourceLevels = [] }: ImageRequest, levels: readonly PyramidLevel[]): number {
  let count = 0;
  for (const [i, { shape, dtype }] of sourceLevels.entries()) {
    const wanted = levels[i + 1]?.shape;
    if (!wanted || dtype !== node.dtype || wanted.some((n, axis) => n !== shape[axis])) break;
    count++;
  }
  return count;
}

/** Stores the image and its levels: what the source has of them is copied, and the rest made from the last of those. */
async function storeLevels(
  builder: PlanBuilder,
  image: ImageRequest,
  { ids, levels, method }: StoredLevels,
  statisticsAxis: number | undefined,
): Promise<void> {
  const reused = reusedLevels(image, levels);
  for (let i = 0; i <= reused; i++) {
    const node = i === 0 ? image.node : image.sourceLevels![i - 1]!;
    const own: PyramidLevel = { shape: levels[i]!.shape, factors: levels[i]!.shape.map(() => 1) };
    const end = i === reused ? levels.length : i + 1;
    const target = { ids: ids.slice(i, end), levels: [own, ...levels.slice(i + 1, end)], method };
    await storeNode(builder, node, target, i === 0 ? statisticsAxis : undefined);
  }
}

function pyramidMethod(image: ImageRequest): PyramidMethod {
  return (
    image.options.pyramid?.method ??
    (image.kind === "labels" || image.node.dtype === "bool" ? "mode" : "mean")
  );
}

function shardFor(shards: readonly number[], chunks: readonly number[], level: PyramidLevel): number[] {
  return shards.map((shard, axis) => {
    const chunk = Math.max(1, Math.min(chunks[axis]!, level.shape[axis]!));
    const most = Math.ceil(Math.max(1, level.shape[axis]!) / chunk) * chunk;
    return Math.max(chunk, Math.min(Math.floor(shard / chunk) * chunk, most));
  });
}

function levelPaths({ kind, path, added }: ImageRequest, levels: number): string[] {
  if (added) return added.paths.map((level) => joinKey(path, level));
  if (kind === "array") return arrayPaths(levels, path);
  return Array.from({ length: levels }, (_, i) => joinKey(path, String(i)));
}

function arrayPaths(levels: number, path: string): string[] {
  return levels === 1 ? [path] : Array.from({ length: levels }, (_, i) => joinKey(path, String(i)));
}

function cumulative(levels: readonly PyramidLevel[], level: number): number[] {
  return levels.slice(0, level + 1).reduce(
    (f, l) => f.map((n, axis) => n * l.factors[axis]!),
    levels[0]!.shape.map(() => 1),
  );
}

function relative(path: string, base: string): string {
  return base === "" ? path : path.slice(base.length + 1);
}
