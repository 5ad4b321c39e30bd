import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import type { Boundary } from "../../shared/block/boundary.ts";
import { isBigInt } from "../../shared/block/dtype.ts";
import type { Region } from "../../shared/block/region.ts";

/** The C-order index of every element of a shape, as coordinates. */
export function* coordinates(shape: readonly number[]): Generator<number[]> {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) yield shape.map((n, axis) => Math.floor(i / strides[axis]!) % n);
}

/** The element at coordinates. */
export function at(block: Block, coords: readonly number[]): number | bigint {
  const strides = stridesOf(block.shape);
  return block.data[coords.reduce((sum, c, axis) => sum + c * strides[axis]!, 0)]!;
}

/** A region of a block, element by element. */
export function regionOfBlock(block: Block, region: Region): Block {
  const out = newBlock(block.dtype, region.shape);
  let i = 0;
  for (const coords of coordinates(region.shape)) {
    out.data[i++] = at(
      block,
      coords.map((c, axis) => c + region.start[axis]!),
    ) as never;
  }
  return out;
}

/**
 * numpy.pad, axis after axis, each with a mode of its own; `none` adds nothing. One element of padding after another,
 * by the definition of each mode.
 */
export function padReference(
  block: Block,
  widths: readonly (readonly [number, number])[],
  boundaries: readonly Boundary[],
): Block {
  let current = block;
  for (const [axis, boundary] of boundaries.entries()) {
    if (boundary === "none") continue;
    const [before, after] = widths[axis]!;
    const n = block.shape[axis]!;
    const line = walk(n, before, after, boundary);
    const next = newBlock(
      block.dtype,
      current.shape.map((size, k) => (k === axis ? line.length : size)),
    );
    let i = 0;
    for (const coords of coordinates(next.shape)) {
      const from = line[coords[axis]!]!;
      next.data[i++] = (
        typeof from === "number"
          ? at(
              current,
              coords.map((c, k) => (k === axis ? from : c)),
            )
          : isBigInt(block.dtype)
            ? BigInt(from.constant)
            : block.dtype === "bool"
              ? Number(from.constant !== 0)
              : from.constant
      ) as never;
    }
    current = next;
  }
  return current;
}

/** The source index of each element of a padded axis, found by walking outwards one step at a time. */
function walk(
  n: number,
  before: number,
  after: number,
  boundary: Exclude<Boundary, "none">,
): (number | { constant: number })[] {
  const constant = typeof boundary === "object" ? { constant: Number(boundary.constant) } : undefined;
  const outwards = (from: number, step: 1 | -1, count: number): (number | { constant: number })[] => {
    const out: (number | { constant: number })[] = [];
    let i = from;
    let direction: 1 | -1 = step;
    for (let k = 0; k < count; k++) {
      if (constant) {
        out.push(constant);
        continue;
      }
      const next = i + direction;
      if (next >= 0 && next < n) i = next;
      else if (boundary === "wrap") i = direction > 0 ? 0 : n - 1;
      else if (boundary === "reflect") direction = -direction as 1 | -1;
      else if (boundary === "mirror") {
        direction = -direction as 1 | -1;
        if (n > 1) i += direction;
      }
      out.push(i);
    }
    return out;
  };
  return [
    ...outwards(0, -1, before).reverse(),
    ...Array.from({ length: n }, (_, i) => i),
    ...outwards(n - 1, 1, after),
  ];
}
