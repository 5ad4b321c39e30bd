import { itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import { release } from "../../block/release.ts";
import type { LamellaError } from "../../errors.ts";
import type { ByteFile } from "../byte-file.ts";
import type { TileCodec } from "./compression/codec.ts";
import { codecFor, compressionName } from "./compression/registry.ts";
import type { DirectoryEntry } from "./directory.ts";
import { cziError } from "./error.ts";
import { viewOf as dataView, int64, SEGMENT_HEADER } from "./segment.ts";
import type { Tile } from "./tile.ts";

/** Sizes, and the directory entry once more, padded to this or more where there are many dimensions. */
const FIXED = 256;
const SIZES = 16;
const ENTRY_HEAD = 32;
const DIMENSION_BYTES = 20;
/** Metadata of a subblock is a few hundred bytes of XML; this much is read with it at once. */
const METADATA_GUESS = 4096;
/** Bytes of a tile that needn't hold pixels, in bytes of pixels. */
const RATIO_SLACK = 1024;

/** Rows of a tile, as stored: pixel by pixel, all samples, native byte order. */
export interface TileRows {
  readonly firstRow: number;
  readonly rows: number;
  readonly data: TypedArray;
}

export function tileBytes(tile: Tile, rows = tile.rows): number {
  return rows * tile.columns * tile.pixelType.samples * itemSize(tile.pixelType.dtype);
}

/** Where a subblock's pixels lie in the file. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Places of tiles that are read by rows, so that their begin is read once. */
const PLACES = new WeakMap<Tile, Place>();

/**
 * All pixels of a tile, by one request in the common case. Throws CHUNK_DECODE naming file and subblock,
 * CZI_MALFORMED, INPUT_CHANGED.
 */
export async function readTile(file: ByteFile, tile: Tile, signal?: AbortSignal): Promise<TypedArray> {
  const pixels = await readPixels(file, tile, signal);
  const decoded = decodeTile(file, tile, pixels, tile.rows);
  if (decoded.buffer !== pixels.buffer) release(pixels);
  return decoded;
}

/** Some rows of an uncompressed tile, so that a plane of gigabytes is never read whole. Throws as `readTile`. */
export async function readRawRows(
  file: ByteFile,
  tile: Tile,
  firstRow: number,
  rows: number,
  signal?: AbortSignal,
): Promise<TypedArray> {
  const { position } = tile.entry;
  let place = PLACES.get(tile);
  if (!place) {
    place = placeOf(file, tile.entry, await file.read(position, SEGMENT_HEADER + FIXED, signal));
    requireEnough(file, tile, place.length);
    PLACES.set(tile, place);
  }
  const offset = place.offset + tileBytes(tile, firstRow);
  return decodeTile(file, tile, await file.read(offset, tileBytes(tile, rows), signal), rows);
}

async function readPixels(file: ByteFile, tile: Tile, signal?: AbortSignal): Promise<Uint8Array> {
  requireCodec(file, tile);
  const { position, limit } = tile.entry;
  const likely = SEGMENT_HEADER + FIXED + METADATA_GUESS + tileBytes(tile);
  const bytes = await file.read(position, Math.min(limit - position, likely), signal);
  const place = placeOf(file, tile.entry, bytes);
  requireEnough(file, tile, place.length);
  const from = place.offset - position;
  if (from + place.length <= bytes.length) return bytes.subarray(from, from + place.length);
  return file.read(place.offset, place.length, signal);
}

/** Reads the sizes at a subblock's begin, and checks them against the file. */
function placeOf(file: ByteFile, entry: DirectoryEntry, head: Uint8Array): Place {
  const { position } = entry;
  const where = whereIs(file, entry);
  if (head.length < SEGMENT_HEADER + SIZES + ENTRY_HEAD || !isSubblock(head))
    throw cziError("CZI_MALFORMED", where, "there is no subblock");
  const view = dataView(head);
  const metadata = view.getInt32(SEGMENT_HEADER, true);
  const length = int64(view, SEGMENT_HEADER + 8);
  const dimensions = view.getInt32(SEGMENT_HEADER + SIZES + 28, true);
  const fixed = Math.max(FIXED, SIZES + ENTRY_HEAD + dimensions * DIMENSION_BYTES);
  const offset = position + SEGMENT_HEADER + fixed + metadata;
  if (metadata < 0 || dimensions < 0 || !(length >= 0) || !Number.isSafeInteger(length))
    throw cziError(
      "CZI_MALFORMED",
      where,
      `it says that it has ${length} bytes of pixels, ${metadata} of metadata`,
    );
  if (offset + length > file.size)
    throw cziError(
      "CZI_TRUNCATED",
      where,
      `its pixels end at byte ${offset + length}, the file at ${file.size}`,
    );
  return { offset, length };
}

function isSubblock(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head.subarray(0, 15)) === "ZISRAWSUBBLOCK\0";
}

/** Asked before memory is taken for the pixels. */
function requireEnough(file: ByteFile, tile: Tile, length: number): void {
  const codec = requireCodec(file, tile);
  const expected = tileBytes(tile);
  if (codec.raw ? length < expected : expected > length * codec.maxRatio + RATIO_SLACK)
    throw decodeError(file, tile, `${length} bytes cannot hold ${expected}`);
}

function decodeTile(file: ByteFile, tile: Tile, bytes: Uint8Array, rows: number): TypedArray {
  const { pixelType, columns } = tile;
  const expected = tileBytes(tile, rows);
  let decoded: Uint8Array;
  try {
    decoded = requireCodec(file, tile).decode(bytes, { pixelType, rows, columns, expected });
  } catch (error) {
    throw decodeError(file, tile, error instanceof Error ? error.message : String(error), error);
  }
  if (decoded.length < expected)
    throw decodeError(file, tile, `it gives ${decoded.length} bytes, not ${expected}`);
  const size = itemSize(pixelType.dtype);
  const aligned = decoded.byteOffset % size === 0 ? decoded : decoded.slice(0, expected);
  return viewOf(pixelType.dtype, aligned.buffer, aligned.byteOffset, expected / size);
}

function requireCodec(file: ByteFile, tile: Tile): TileCodec {
  const reason = whyUnread(tile);
  if (reason !== undefined) throw cziError("CZI_UNSUPPORTED", whereIs(file, tile.entry), reason);
  return codecFor(tile.entry.compression)!;
}

/** Why a tile's pixels can't be read, by the compression's name; undefined where they can. */
export function whyUnread({ entry, pixelType }: Tile): string | undefined {
  const codec = codecFor(entry.compression);
  if (!codec) return `pixels compressed with ${compressionName(entry.compression)} are not read`;
  return codec.refuse?.(pixelType);
}

function decodeError(file: ByteFile, tile: Tile, what: string, cause?: unknown): LamellaError {
  const name = compressionName(tile.entry.compression);
  return cziError("CHUNK_DECODE", whereIs(file, tile.entry), `its pixels (${name}) don't decode: ${what}`, {
    cause,
  });
}

function whereIs(file: ByteFile, entry: DirectoryEntry): { file: string; segment: string } {
  return { file: file.uri, segment: `subblock at byte ${entry.position}` };
}
