import type { Block } from "../../block/block.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import { type DType, isBigInt, itemSize } from "../../block/dtype.ts";
import { hasRawRows, type PageLayout, type TiffPage } from "./page.ts";
import { readBox } from "./plane-reader.ts";

/** Chunks are made of whole tiles or strips until they hold about this much, so that none is a single row. */
const TARGET_BYTES = 2 * 1024 * 1024;
/** Tiles are joined only while they are smaller than this: a chunk read for one voxel stays small. */
const SMALL_TILE_BYTES = 256 * 1024;

export interface TiffSourceOptions {
  readonly label: string;
  /** T, C, Z, Y, X. C counts every sample: a page of three samples is three channels. */
  readonly shape: readonly [number, number, number, number, number];
  /** Pages by (t * planesC + c) * Z + z, where planesC is C / samples; absent pages read as zero. */
  readonly pages: readonly (TiffPage | undefined)[];
  readonly layout: PageLayout;
}

/**
 * Pages of equal size and dtype as one TCZYX array. Chunks are single planes in T and Z, and in C too, but for
 * interleaved samples, which are decoded together; in Y and X they follow the tiles or strips of the first page.
 */
export class TiffSource implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly #pages: readonly (TiffPage | undefined)[];
  readonly #samples: number;

  constructor(options: TiffSourceOptions) {
    const { layout, shape } = options;
    this.label = options.label;
    this.shape = shape;
    this.dtype = layout.dtype;
    this.fillValue = isBigInt(layout.dtype) ? 0n : 0;
    this.#pages = options.pages;
    this.#samples = layout.samples;
    const [rows, columns] = chunkSize(layout);
    this.chunkShape = [1, layout.planar ? 1 : layout.samples, 1, rows, columns];
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block | undefined> {
    const start = coords.map((c, axis) => c * this.chunkShape[axis]!);
    const shape = this.chunkShape.map((n, axis) => Math.min(n, this.shape[axis]! - start[axis]!));
    const [t, c, z, row, column] = start as [number, number, number, number, number];
    const planesC = this.shape[1]! / this.#samples;
    const page = this.#pages[(t * planesC + Math.floor(c / this.#samples)) * this.shape[2]! + z];
    if (!page) return undefined;
    const data = await readBox(
      page,
      { row, rows: shape[3]!, column, columns: shape[4]!, sample: c % this.#samples, samples: shape[1]! },
      signal,
    );
    return data && { dtype: this.dtype, shape, data };
  }
}

/** Rows and columns of a chunk. */
function chunkSize(layout: PageLayout): [rows: number, columns: number] {
  const { width, height, segmentWidth, segmentHeight } = layout;
  const perPixel = itemSize(layout.dtype) * (layout.planar ? 1 : layout.samples);
  if (!layout.tiled) {
    const rowBytes = width * perPixel;
    const wanted = Math.max(1, Math.round(TARGET_BYTES / rowBytes));
    if (hasRawRows(layout)) {
      // Raw rows can be read at will. Equal shares avoid a thin last chunk.
      const parts = Math.max(1, Math.round(height / wanted));
      return [Math.ceil(height / parts), width];
    }
    const strips = Math.max(1, Math.floor(wanted / segmentHeight));
    return [Math.min(height, strips * segmentHeight), width];
  }
  let [rows, columns] = [segmentHeight, segmentWidth];
  while (rows * columns * perPixel < SMALL_TILE_BYTES && (rows < height || columns < width)) {
    if (columns <= rows && columns < width) columns *= 2;
    else if (rows < height) rows *= 2;
    else columns *= 2;
  }
  return [rows, columns];
}
