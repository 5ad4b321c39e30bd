import { newBlock } from "../shared/block/block.ts";
import type { ChunkedSource } from "../shared/block/chunked-source.ts";
import { readRegion } from "../shared/block/read-region.ts";
import { openStore } from "../shared/storage/uri.ts";
import { openZarrArray } from "../shared/zarr/read.ts";
import { SPARSE_TILE, type SparseTiff, tileKind, tilePixels } from "./sparse-tiff.ts";

export interface SparseCheck {
  /** Real tiles of level 0 that were compared, all of them, and tiles of zeros. */
  readonly realTiles: number;
  readonly zeroTiles: number;
  /** Boxes of smaller levels that were compared with the mean of the level before. */
  readonly boxes: number;
  readonly levels: number;
  readonly failures: readonly string[];
}

/** Of the tiles that are zero, every so many is looked at; of the boxes of a smaller level, too. */
const EVERY = 23;

/** Compares what was made of a sparse TIFF with what it was made from: all real tiles, and a sample of everything else. */
export async function checkSparse(tiff: SparseTiff, zarr: string): Promise<SparseCheck> {
  const store = await openStore(zarr);
  const failures: string[] = [];
  const levels: ChunkedSource[] = [];
  for (let side = tiff.side, i = 0; ; side = side >> 1, i++) {
    levels.push(await openZarrArray(store, `0/${i}`));
    if (side <= 256) break;
  }
  let [realTiles, zeroTiles, boxes] = [0, 0, 0];
  for (let row = 0; row < tiff.tiles; row++) {
    for (let column = 0; column < tiff.tiles; column++) {
      const real = tileKind(row, column) === "real";
      if (!real && (row * tiff.tiles + column) % EVERY !== 0) continue;
      const got = await plane(levels[0]!, row * SPARSE_TILE, column * SPARSE_TILE, SPARSE_TILE);
      const ok = real ? equal(got, tilePixels(row, column)) : got.every((value) => value === 0);
      if (!ok) failures.push(`level 0, tile ${row}, ${column}: pixels differ`);
      if (real) realTiles++;
      else zeroTiles++;
    }
  }
  for (let level = 1; level < levels.length; level++) {
    const side = levels[level]!.shape.at(-1)!;
    const box = Math.min(side, SPARSE_TILE);
    const across = Math.floor(side / box);
    const step = across > 8 ? EVERY : 1;
    for (let i = 0; i < across * across; i += step) {
      const [y, x] = [Math.floor(i / across) * box, (i % across) * box];
      const above = await plane(levels[level - 1]!, y * 2, x * 2, box * 2);
      if (!equal(await plane(levels[level]!, y, x, box), halved(above, box)))
        failures.push(`level ${level}, box at ${y}, ${x}: not the mean of level ${level - 1}`);
      boxes++;
    }
  }
  return { realTiles, zeroTiles, boxes, levels: levels.length, failures: failures.slice(0, 10) };
}

async function plane(source: ChunkedSource, y: number, x: number, side: number): Promise<Uint16Array> {
  const block = newBlock("uint16", [1, 1, 1, side, side]);
  await readRegion(source, { start: [0, 0, 0, y, x], shape: block.shape }, block);
  return block.data as Uint16Array;
}

/** Means of windows of 2 x 2, rounded half to even. */
function halved(values: Uint16Array, side: number): Uint16Array {
  const out = new Uint16Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * 2 * side * 2 + x * 2;
      const sum = values[at]! + values[at + 1]! + values[at + 2 * side]! + values[at + 2 * side + 1]!;
      const floor = sum >> 2;
      const rest = sum & 3;
      out[y * side + x] = floor + (rest > 2 || (rest === 2 && floor & 1) ? 1 : 0);
    }
  }
  return out;
}

function equal(a: Uint16Array, b: Uint16Array): boolean {
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}

function bytes(values: Uint16Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
