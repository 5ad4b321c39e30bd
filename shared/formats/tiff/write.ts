import type { Axis, Channel } from "../../block/axes.ts";
import { type DType, isFloat, itemSize, type TypedArray } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { writeOmeXml } from "../ome/write-xml.ts";
import type { ByteSink } from "./sink.ts";
import { FIELD, TAG } from "./tags.ts";
import { align, encodeHeader, encodeIfd, type TagValue } from "./write-ifd.ts";
import { type BandRequest, encodedTiles, type TilePlan } from "./write-tiles.ts";

export interface OmeTiffOptions {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly shape: readonly [number, number, number, number, number];
  readonly dtype: DType;
  /** Rows and columns of a tile, multiples of 16; 512 x 512 by default. */
  readonly tile?: readonly [number, number];
  readonly compression?: "none" | "deflate" | "zstd";
  /** 1 (fast) to 9 for deflate, to 19 for zstd; 6 and 3 by default. */
  readonly compressionLevel?: number;
  /** Store differences of neighbouring pixels (integers only): smaller files, a little slower. */
  readonly predictor?: boolean;
  /** Offsets of 8 bytes; by default where the file may pass 4 GiB. */
  readonly bigTiff?: boolean;
  readonly axes?: readonly Axis[];
  readonly channels?: readonly Channel[];
  /** Rows and columns of smaller resolutions, largest first, written as SubIFDs. */
  readonly levels?: readonly (readonly [number, number])[];
  /** Written instead of the OME-XML made up here; its planes must be in order XYZCT. */
  readonly omeXml?: string;
}

const COMPRESSION_CODE = { none: 1, deflate: 8, zstd: 50000 } as const;
/** Beyond this, a classic TIFF's offsets might not reach. */
const CLASSIC_LIMIT = 2 ** 32 - 2 ** 24;

/**
 * Writes a tiled OME-TIFF: tiles plane by plane in order XYZCT, then all directories together, so that a reader
 * finds them in one request. Asks for bands of one row of tiles; memory is a few bands and the tiles' offsets.
 * The same input gives the same bytes. Resolves to the file's size.
 *
 * Throws INVALID_ARGUMENT, UNSUPPORTED_DTYPE (OME-XML has no name for int64, uint64, float16), SHAPE_MISMATCH.
 */
export async function writeOmeTiff(
  sink: ByteSink,
  options: OmeTiffOptions,
  read: (request: BandRequest) => TypedArray | Promise<TypedArray>,
): Promise<number> {
  const [sizeT, sizeC, sizeZ] = options.shape;
  let offset = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    offset += bytes.length;
    await sink.write(bytes);
  };
  const pad = async (): Promise<void> => {
    if (offset % 8 !== 0) await append(new Uint8Array(align(offset) - offset));
  };
  try {
    const plan = planOf(options);
    await append(new Uint8Array(plan.bigTiff ? 16 : 8));
    const planes: Segments[][] = [];
    for (let t = 0; t < sizeT; t++) {
      for (let c = 0; c < sizeC; c++) {
        for (let z = 0; z < sizeZ; z++) {
          const levels: Segments[] = [];
          for (const level of plan.sizes.keys()) {
            const segments: Segments = { offsets: [], counts: [] };
            for await (const tile of encodedTiles(plan, level, { t, c, z }, read)) {
              segments.offsets.push(offset);
              segments.counts.push(tile.length);
              await append(tile);
            }
            levels.push(segments);
          }
          planes.push(levels);
        }
      }
    }
    await pad();
    const firstIfd = offset;
    for (const [index, levels] of planes.entries()) {
      const encode = (level: number, subIfds: readonly number[], at: number, next: number): Uint8Array => {
        const description = index === 0 && level === 0 ? plan.xml : undefined;
        return encodeIfd(tagsOf(plan, level, levels[level]!, subIfds, description), at, plan.bigTiff, next);
      };
      // The levels' directories follow their plane's: sizes first, then the offsets that depend on them.
      const subIfds = new Array<number>(levels.length - 1).fill(0);
      const sizes = levels.map((_, level) => encode(level, level === 0 ? subIfds : [], 0, 0).length);
      let end = offset;
      for (const [level, size] of sizes.entries()) {
        if (level > 0) subIfds[level - 1] = end;
        end += size;
      }
      await append(encode(0, subIfds, offset, index < planes.length - 1 ? end : 0));
      for (let level = 1; level < levels.length; level++) await append(encode(level, [], offset, 0));
    }
    if (!plan.bigTiff && offset > 2 ** 32 - 1) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `${options.name}: ${offset} bytes don't fit into a classic TIFF`,
        {
          hint: "Leave bigTiff out, or set it to true.",
        },
      );
    }
    await sink.finish(encodeHeader(firstIfd, plan.bigTiff));
    return offset;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

interface Plan extends TilePlan {
  readonly bigTiff: boolean;
  readonly xml: string;
}

interface Segments {
  readonly offsets: number[];
  readonly counts: number[];
}

function planOf(options: OmeTiffOptions): Plan {
  const { shape, dtype, tile = [512, 512], compression = "deflate" } = options;
  if (shape.length !== 5 || shape.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    throw new LamellaError("INVALID_ARGUMENT", `${options.name}: a TIFF of shape ${shape.join(" x ")}`, {
      hint: "Give T, C, Z, Y, X, each at least 1.",
    });
  }
  if (tile.some((n) => !Number.isSafeInteger(n) || n < 16 || n % 16 !== 0)) {
    throw new LamellaError("INVALID_ARGUMENT", `${options.name}: tiles of ${tile.join(" x ")}`, {
      hint: "TIFF wants multiples of 16.",
    });
  }
  const predictor = options.predictor ?? false;
  if (predictor && (isFloat(dtype) || compression === "none")) {
    throw new LamellaError("INVALID_ARGUMENT", `${options.name}: a predictor for ${compression} ${dtype}`, {
      hint: "The predictor serves compressed integers.",
    });
  }
  const sizes = [[shape[3], shape[4]] as const, ...(options.levels ?? [])];
  const tileBytes = tile[0] * tile[1] * itemSize(dtype);
  const planes = shape[0] * shape[1] * shape[2];
  const tiles = sizes.reduce(
    (sum, [rows, columns]) => sum + Math.ceil(rows / tile[0]) * Math.ceil(columns / tile[1]),
    0,
  );
  const xml = options.omeXml ?? writeOmeXml(options);
  // Incompressible tiles grow by less than a hundredth; each has 16 bytes of tables.
  const most = planes * (tiles * (tileBytes * 1.01 + 80) + sizes.length * 512) + xml.length;
  return {
    dtype,
    sizes,
    tile,
    compression,
    level: options.compressionLevel ?? (compression === "zstd" ? 3 : 6),
    predictor,
    bigTiff: options.bigTiff ?? most > CLASSIC_LIMIT,
    xml,
  };
}

function tagsOf(
  plan: Plan,
  level: number,
  segments: Segments,
  subIfds: readonly number[],
  description: string | undefined,
): TagValue[] {
  const [rows, columns] = plan.sizes[level]!;
  const wide = plan.bigTiff ? FIELD.long8 : FIELD.long;
  const one = (tag: number, type: number, value: number): TagValue => ({ tag, type, values: [value] });
  return [
    one(TAG.newSubfileType, FIELD.long, level > 0 ? 1 : 0),
    one(TAG.imageWidth, FIELD.long, columns),
    one(TAG.imageLength, FIELD.long, rows),
    one(TAG.bitsPerSample, FIELD.short, itemSize(plan.dtype) * 8),
    one(TAG.compression, FIELD.short, COMPRESSION_CODE[plan.compression]),
    one(TAG.photometric, FIELD.short, 1),
    ...(description === undefined
      ? []
      : [{ tag: TAG.imageDescription, type: FIELD.ascii, values: description }]),
    one(TAG.samplesPerPixel, FIELD.short, 1),
    one(TAG.planarConfiguration, FIELD.short, 1),
    { tag: TAG.software, type: FIELD.ascii, values: "Lamella" },
    ...(plan.predictor ? [one(TAG.predictor, FIELD.short, 2)] : []),
    one(TAG.tileWidth, FIELD.long, plan.tile[1]),
    one(TAG.tileLength, FIELD.long, plan.tile[0]),
    { tag: TAG.tileOffsets, type: wide, values: segments.offsets },
    { tag: TAG.tileByteCounts, type: wide, values: segments.counts },
    ...(subIfds.length > 0
      ? [{ tag: TAG.subIfds, type: plan.bigTiff ? FIELD.ifd8 : FIELD.long, values: subIfds }]
      : []),
    one(TAG.sampleFormat, FIELD.short, isFloat(plan.dtype) ? 3 : plan.dtype.startsWith("int") ? 2 : 1),
  ];
}
