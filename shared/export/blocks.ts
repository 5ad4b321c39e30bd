import type { Region } from "../block/region.ts";

/** Blocks grow to this, so that chunks and requests are many at a time. */
const COMFORTABLE = 8 * 2 ** 20;

/**
 * The shape of the blocks in which a level is read: whole chunks of the source and whole tiles, so that neither is
 * decoded or cut twice, as far as `most` bytes hold them; small ones are joined along X, then Y.
 */
export function blockShape(
  shape: readonly number[],
  chunkShape: readonly number[],
  tile: readonly [number, number],
  itemBytes: number,
  most: number,
): number[] {
  const whole = (n: number, unit: number, all: number) =>
    Math.min(Math.ceil(n / unit) * unit, Math.ceil(all / unit) * unit);
  const block = shape.map((n, axis) => Math.max(1, Math.min(n, chunkShape[axis]!)));
  block[3] = whole(block[3]!, tile[0], shape[3]!);
  block[4] = whole(block[4]!, tile[1], shape[4]!);
  const bytes = () => block.reduce((product, n) => product * n, itemBytes);
  while (bytes() > most) {
    const axis = shrinkable(block, tile);
    if (axis < 0) break;
    const unit = axis === 3 ? tile[0] : axis === 4 ? tile[1] : 1;
    block[axis] = whole(block[axis]! / 2, unit, block[axis]!);
  }
  for (const axis of [4, 3] as const) {
    const unit = tile[axis - 3]!;
    while (block[axis]! < shape[axis]! && bytes() * 2 <= Math.min(most, COMFORTABLE))
      block[axis] = whole(block[axis]! * 2, unit, shape[axis]!);
  }
  return block;
}

/** The axis to halve: of Y and X the one with more tiles, then planes. */
function shrinkable(block: readonly number[], tile: readonly [number, number]): number {
  const rows = block[3]! / tile[0];
  const columns = block[4]! / tile[1];
  if (rows > 1 || columns > 1) return rows > columns ? 3 : 4;
  return block.findIndex((n, axis) => axis < 3 && n > 1);
}

/** The blocks of a level, in C order. */
export function* blocksOf(shape: readonly number[], block: readonly number[]): Generator<Region> {
  const at = shape.map(() => 0);
  for (;;) {
    yield { start: at.slice(), shape: at.map((start, axis) => Math.min(block[axis]!, shape[axis]! - start)) };
    let axis = shape.length - 1;
    for (; axis >= 0; axis--) {
      at[axis] = at[axis]! + block[axis]!;
      if (at[axis]! < shape[axis]!) break;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
