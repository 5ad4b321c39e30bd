import { castTo } from "../../array/cast.ts";
import { coarsen } from "../../array/coarsen.ts";
import type { ArrayNode, SourceNode } from "../../array/nodes.ts";
import { fromTiff, fromZarr } from "../../array/open.ts";
import { rechunk } from "../../array/rechunk.ts";
import { sizeOf } from "../../block/block.ts";
import { largestBlock } from "../../block/chunk-grid.ts";
import { isImage, readImage } from "../../formats/ngff/read.ts";
import { joinKey } from "../../storage/key.ts";
import { openStore } from "../../storage/uri.ts";
import { openZarrGroup } from "../../zarr/read.ts";

/** The inputs of a pipeline at a coarser resolution. */
export interface InputLevel {
  /** Elements of the full resolution that one element covers, by the name of the axis; axes that stay are left out. */
  readonly factors: ReadonlyMap<string, number>;
  readonly nodes: ReadonlyMap<string, ArrayNode>;
  /** The inputs whose own level it is; the others' are means. */
  readonly own: ReadonlySet<string>;
}

/** An image that has no levels of its own gets them until the smaller of y and x is at most this. */
const SMALLEST = 512;
const MOST_LEVELS = 8;

/**
 * Coarser levels of the inputs, the largest first: of the largest input its own, where it brings any, else means of windows of y and x
 * that are computed where they are looked at. Other inputs follow it. Reads metadata.
 */
export async function levelsOfInputs(inputs: ReadonlyMap<string, ArrayNode>): Promise<InputLevel[]> {
  const own = new Map<string, readonly ArrayNode[]>();
  for (const [name, node] of inputs) own.set(name, node.kind === "source" ? await ownLevels(node) : []);
  const [main] = [...inputs].sort(([, a], [, b]) => sizeOf(b.shape) - sizeOf(a.shape));
  if (!main) return [];
  const [mainName, mainNode] = main;
  const brought = own.get(mainName)!;
  const wanted =
    brought.length > 0 ? brought.map((level) => factorsBetween(mainNode, level)) : halvings(mainNode);
  return wanted.map((factors) => {
    const nodes = new Map<string, ArrayNode>();
    const owners = new Set<string>();
    for (const [name, node] of inputs) {
      const level = own.get(name)!.find((each) => sameFactors(factorsBetween(node, each), factors));
      if (level) owners.add(name);
      nodes.set(name, level ?? shrunk(node, factors));
    }
    return { factors, nodes, own: owners };
  });
}

/** The smaller resolutions that the image of a source has. */
async function ownLevels(node: SourceNode): Promise<ArrayNode[]> {
  const { source, step } = node;
  const levels: ArrayNode[] = [];
  const isLevel = (each: ArrayNode) => each.shape.length === node.shape.length && each.dtype === node.dtype;
  try {
    if (source.kind === "zarr" && source.image) {
      const group = await openZarrGroup(await openStore(source.uri), source.image.path);
      if (!isImage(group.attributes)) return [];
      const paths = readImage(group.attributes, group.label).datasets.map(({ path }) =>
        joinKey(source.image!.path, path),
      );
      for (const component of paths.slice(paths.indexOf(source.path) + 1))
        levels.push((await fromZarr(source.uri, { component, step })) as ArrayNode);
    } else if (source.kind === "image") {
      for (let level = source.level + 1; ; level++)
        levels.push(await fromTiff(source.uri, { series: source.series, level, step }));
    }
  } catch {
    // Fewer levels: the last one that is there has been found, or another is damaged, which the preview can do without.
  }
  return levels.filter(isLevel);
}

function factorsBetween(node: ArrayNode, level: ArrayNode): Map<string, number> {
  const factors = new Map<string, number>();
  for (const [i, { name }] of node.axes.entries()) {
    const ratio = node.shape[i]! / Math.max(1, level.shape[i]!);
    const whole = Math.round(ratio);
    if (ratio > 1.01) factors.set(name, Math.abs(ratio - whole) < 0.05 * ratio ? whole : ratio);
  }
  return factors;
}

function sameFactors(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([name, factor]) => b.get(name) === factor);
}

function halvings({ shape, axes }: ArrayNode): Map<string, number>[] {
  const plane = axes.slice(-2).map(({ name }) => name);
  if (shape.length < 2) return [];
  const levels: Map<string, number>[] = [];
  for (
    let factor = 2;
    levels.length < MOST_LEVELS && (2 * Math.min(...shape.slice(-2))) / factor > SMALLEST;
    factor *= 2
  )
    levels.push(new Map(plane.map((name) => [name, factor])));
  return levels;
}

function shrunk(node: ArrayNode, factors: ReadonlyMap<string, number>): ArrayNode {
  const windows = Object.fromEntries(
    node.axes.flatMap(({ name }, i) => {
      const factor = Math.min(Math.round(factors.get(name) ?? 1), node.shape[i]!);
      return factor > 1 ? [[name, factor] as const] : [];
    }),
  );
  if (Object.keys(windows).length === 0) return node;
  const smaller = castTo(
    coarsen(node, "mean", windows, { trimExcess: true, step: node.step }),
    node.dtype,
    node.step,
  );
  return rechunk(
    smaller,
    largestBlock(node.chunks).map((n, i) => Math.max(1, Math.min(n, smaller.shape[i]!))),
    node.step,
  );
}
