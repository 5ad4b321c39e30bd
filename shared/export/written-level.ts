import type { Block } from "../block/block.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { type DType, isFloat, itemSize } from "../block/dtype.ts";
import { codecFor } from "../formats/tiff/compression/registry.ts";
import type { PageLayout } from "../formats/tiff/page.ts";
import { undoHorizontal } from "../formats/tiff/predictor.ts";
import type { ByteSink } from "../formats/tiff/sink.ts";
import type { LevelTiles } from "../formats/tiff/tiff-writer.ts";
import { unpackSamples } from "../formats/tiff/unpack.ts";
import { COMPRESSION_CODE, type TileCoding } from "../formats/tiff/write-coding.ts";

/** A level that has been written into a file, read back from it: the next level is made from it. */
export class WrittenLevel implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue = 0;
  readonly #sink: ByteSink;
  readonly #tiles: LevelTiles;
  readonly #coding: TileCoding;
  readonly #layout: PageLayout;

  constructor(
    label: string,
    planes: readonly number[],
    sink: ByteSink,
    tiles: LevelTiles,
    coding: TileCoding,
  ) {
    this.label = label;
    this.shape = [...planes, tiles.rows, tiles.columns];
    this.dtype = coding.dtype;
    this.chunkShape = [1, 1, 1, ...coding.tile];
    this.#sink = sink;
    this.#tiles = tiles;
    this.#coding = coding;
    this.#layout = layoutOf(tiles, coding);
  }

  async readChunk(coords: readonly number[]): Promise<Block> {
    const [t, c, z, row, column] = coords as [number, number, number, number, number];
    const [, sizeC, sizeZ] = this.shape as [number, number, number];
    const index = this.#tiles.indexOf((t * sizeC + c) * sizeZ + z, row, column);
    const bytes = await this.#sink.read(this.#tiles.offsets[index]!, this.#tiles.counts[index]!);
    const [rows, columns] = this.#coding.tile;
    const expected = rows * columns * itemSize(this.dtype);
    const decoded = await codecFor(this.#layout.compression)!.decode(bytes, {
      layout: this.#layout,
      rows,
      columns,
      expected,
      limit: expected,
      jpegTables: undefined,
    });
    const data = unpackSamples(decoded, this.#layout, rows, true);
    if (this.#coding.predictor) undoHorizontal(data, this.#layout, rows);
    return { dtype: this.dtype, shape: this.chunkShape, data };
  }
}

function layoutOf(tiles: LevelTiles, coding: TileCoding): PageLayout {
  const { dtype } = coding;
  return {
    width: tiles.columns,
    height: tiles.rows,
    samples: 1,
    planar: false,
    bits: itemSize(dtype) * 8,
    sampleFormat: isFloat(dtype) ? 3 : dtype.startsWith("int") ? 2 : 1,
    dtype,
    photometric: 1,
    extraSamples: [],
    compression: COMPRESSION_CODE[coding.compression],
    predictor: coding.predictor ? 2 : 1,
    lsbFirst: false,
    littleEndian: coding.littleEndian,
    tiled: true,
    segmentWidth: coding.tile[1],
    segmentHeight: coding.tile[0],
    across: tiles.across,
    down: tiles.down,
    subsampling: [1, 1],
  };
}
