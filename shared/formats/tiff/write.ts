import type { Axis, Channel } from "../../block/axes.ts";
import { type DType, itemSize, type TypedArray } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { writeOmeXml } from "../ome/write-xml.ts";
import type { ByteSink } from "./sink.ts";
import { LevelTiles, needsBigTiff, TiffWriter, type WrittenImage } from "./tiff-writer.ts";
import { type CodingOptions, tileCoding } from "./write-coding.ts";
import { cutTile, TileEncoder } from "./write-tiles.ts";

export interface OmeTiffOptions extends CodingOptions {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly shape: readonly [number, number, number, number, number];
  readonly dtype: DType;
  /** Offsets of 8 bytes; by default where the file may pass 4 GiB. */
  readonly bigTiff?: boolean;
  readonly axes?: readonly Axis[];
  readonly channels?: readonly Channel[];
  /** Rows and columns of smaller resolutions, largest first, written as SubIFDs. */
  readonly levels?: readonly (readonly [number, number])[];
  /** Written instead of the OME-XML made up here; its planes must be in order XYZCT. */
  readonly omeXml?: string;
}

/** A band of a plane: `rows` whole rows from `row` on, in C order. Level 0 is the full resolution. */
export interface BandRequest {
  readonly level: number;
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly row: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Writes a tiled OME-TIFF of one image: tiles plane by plane in order XYZCT. Asks for bands of one row of tiles;
 * memory is a few bands and the tiles' offsets. The same input gives the same bytes. Resolves to the file's size.
 *
 * Throws INVALID_ARGUMENT, UNSUPPORTED_DTYPE (OME-XML has no name for int64, uint64, float16), SHAPE_MISMATCH.
 */
export async function writeOmeTiff(
  sink: ByteSink,
  options: OmeTiffOptions,
  read: (request: BandRequest) => TypedArray | Promise<TypedArray>,
): Promise<number> {
  try {
    const { image, xml } = planOf(options);
    const bigTiff = options.bigTiff ?? needsBigTiff([image], xml);
    const writer = new TiffWriter(sink, { bigTiff, littleEndian: image.coding.littleEndian });
    const encoder = new TileEncoder(image.coding);
    const [sizeT, sizeC, sizeZ] = options.shape;
    let plane = 0;
    for (let t = 0; t < sizeT; t++) {
      for (let c = 0; c < sizeC; c++) {
        for (let z = 0; z < sizeZ; z++, plane++) {
          for (const level of image.levels.keys())
            await writePlane(writer, encoder, image, plane, { level, t, c, z }, read);
        }
      }
    }
    return await writer.finish([image], xml);
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function writePlane(
  writer: TiffWriter,
  encoder: TileEncoder,
  { coding, levels }: WrittenImage,
  plane: number,
  place: Pick<BandRequest, "level" | "t" | "c" | "z">,
  read: (request: BandRequest) => TypedArray | Promise<TypedArray>,
): Promise<void> {
  const tiles = levels[place.level]!;
  const [tileRows, tileColumns] = coding.tile;
  for (let down = 0; down < tiles.down; down++) {
    const row = down * tileRows;
    const rows = Math.min(tileRows, tiles.rows - row);
    const data = await read({ ...place, row, rows, columns: tiles.columns });
    if (data.length !== rows * tiles.columns || data.BYTES_PER_ELEMENT !== itemSize(coding.dtype)) {
      throw new LamellaError(
        "SHAPE_MISMATCH",
        `a band of ${data.length} elements, not ${rows} x ${tiles.columns} ${coding.dtype}`,
      );
    }
    const band = { data, origin: 0, rows, columns: tiles.columns };
    for (let across = 0; across < tiles.across; across++) {
      const tile = cutTile(coding, band, 0, across * tileColumns);
      await writer.put(tiles, tiles.indexOf(plane, down, across), encoder.encode(tile), tile.byteLength);
    }
  }
}

function planOf(options: OmeTiffOptions): { image: WrittenImage; xml: string } {
  const { name, shape, dtype } = options;
  if (shape.length !== 5 || shape.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    throw new LamellaError("INVALID_ARGUMENT", `${name}: a TIFF of shape ${shape.join(" x ")}`, {
      hint: "Give T, C, Z, Y, X, each at least 1.",
    });
  }
  const coding = tileCoding(name, dtype, options);
  const planes = shape[0] * shape[1] * shape[2];
  const sizes = [[shape[3], shape[4]] as const, ...(options.levels ?? [])];
  const levels = sizes.map((size) => new LevelTiles(planes, size, coding.tile));
  const xml = options.omeXml ?? writeOmeXml([options], { littleEndian: coding.littleEndian });
  return { image: { planes, coding, levels }, xml };
}
