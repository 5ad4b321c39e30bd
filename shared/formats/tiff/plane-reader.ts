import { allocate, type TypedArray } from "../../block/dtype.ts";
import { blockToFill } from "../../block/pages.ts";
import { release } from "../../block/release.ts";
import {
  hasRawRows,
  type PageLayout,
  samplesPerSegment,
  segmentBytes,
  segmentRows,
  type TiffPage,
} from "./page.ts";
import { checkPlausible, decodeSegment } from "./segment.ts";

/** A box in one page: rows, columns, and samples. */
export interface PageBox {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
  readonly sample: number;
  readonly samples: number;
}

/** Segments closer than this are read by one request, up to the size below. */
const MAX_GAP = 16 * 1024;
const MAX_REQUEST = 8 * 1024 * 1024;
const CONCURRENT_REQUESTS = 8;

/** What is read of one segment: all of it, or some rows of a raw strip. */
interface Piece {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  /** Image row and number of rows that the bytes hold. */
  readonly row: number;
  readonly rows: number;
}

/**
 * The samples of a box of a page, as planes: sample, row, column. Undefined where all its segments are sparse.
 * Neighbouring segments are read by one range request. Throws CHUNK_DECODE, INPUT_CHANGED.
 */
export async function readBox(
  page: TiffPage,
  box: PageBox,
  signal?: AbortSignal,
): Promise<TypedArray | undefined> {
  const pieces = piecesOf(page, box);
  if (pieces.length === 0) return undefined;
  for (const piece of pieces) checkPlausible(page, piece.index, piece.length, piece.rows);
  const { layout } = page;
  const whole = wholePiece(layout, box, pieces);
  if (whole) {
    const bytes = await page.file.read(whole.offset, whole.length, signal);
    const data = await decodeSegment(page, whole.index, bytes, whole.rows);
    if (data.buffer !== bytes.buffer) release(bytes);
    return data;
  }
  const out = emptyBox(layout, box, pieces);
  const groups = groupPieces(pieces);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < groups.length) {
      const group = groups[next++]!;
      const start = group[0]!.offset;
      const stop = group.reduce((end, piece) => Math.max(end, piece.offset + piece.length), 0);
      const bytes = await page.file.read(start, stop - start, signal);
      for (const piece of group) {
        const part = bytes.subarray(piece.offset - start, piece.offset - start + piece.length);
        const data = await decodeSegment(page, piece.index, part, piece.rows);
        copySegment(out, box, layout, piece, data);
        if (data.buffer !== bytes.buffer) release(data);
      }
      release(bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_REQUESTS, groups.length) }, work));
  return out;
}

/** Zeroed only where segments that are absent leave gaps. */
function emptyBox(layout: PageLayout, box: PageBox, pieces: readonly Piece[]): TypedArray {
  const length = box.samples * box.rows * box.columns;
  let covered = 0;
  for (const piece of pieces) {
    const left = (piece.index % layout.across) * layout.segmentWidth;
    const rows = Math.min(box.row + box.rows, piece.row + piece.rows) - Math.max(box.row, piece.row);
    const right = Math.min(box.column + box.columns, left + layout.segmentWidth);
    covered += rows * (right - Math.max(box.column, left)) * (layout.planar ? 1 : box.samples);
  }
  return covered === length ? blockToFill(layout.dtype, [length]).data : allocate(layout.dtype, length);
}

function piecesOf(page: TiffPage, box: PageBox): Piece[] {
  const { layout } = page;
  const { across, down, segmentWidth, segmentHeight } = layout;
  const partial = hasRawRows(layout);
  const pieces: Piece[] = [];
  const firstPlane = layout.planar ? box.sample : 0;
  const planes = layout.planar ? box.samples : 1;
  for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
    const firstRow = Math.floor(box.row / segmentHeight);
    const lastRow = Math.floor((box.row + box.rows - 1) / segmentHeight);
    for (let segmentRow = firstRow; segmentRow <= lastRow; segmentRow++) {
      const firstColumn = Math.floor(box.column / segmentWidth);
      const lastColumn = Math.floor((box.column + box.columns - 1) / segmentWidth);
      for (let segmentColumn = firstColumn; segmentColumn <= lastColumn; segmentColumn++) {
        const index = (plane * down + segmentRow) * across + segmentColumn;
        const offset = page.offsets[index]!;
        const length = page.counts[index]!;
        if (offset === 0 || length === 0) continue;
        const top = segmentRow * segmentHeight;
        const stored = segmentRows(layout, index);
        if (!partial) {
          pieces.push({ index, offset, length, row: top, rows: stored });
          continue;
        }
        // Rows of raw strips are read one by one: a strip may be a whole plane of gigabytes.
        const from = Math.max(box.row, top);
        const to = Math.min(box.row + box.rows, top + stored);
        const skip = segmentBytes(layout, from - top);
        pieces.push({
          index,
          offset: offset + skip,
          length: segmentBytes(layout, to - from),
          row: from,
          rows: to - from,
        });
      }
    }
  }
  return pieces;
}

/** The piece that is the box, value for value, so that nothing needs copying. */
function wholePiece(layout: PageLayout, box: PageBox, pieces: readonly Piece[]): Piece | undefined {
  const [piece] = pieces;
  return pieces.length === 1 &&
    samplesPerSegment(layout) === 1 &&
    box.samples === 1 &&
    piece!.row === box.row &&
    piece!.rows === box.rows &&
    layout.segmentWidth === box.columns
    ? piece
    : undefined;
}

function groupPieces(pieces: readonly Piece[]): Piece[][] {
  const sorted = [...pieces].sort((a, b) => a.offset - b.offset);
  const groups: Piece[][] = [];
  let start = 0;
  let stop = 0;
  for (const piece of sorted) {
    const end = piece.offset + piece.length;
    const group = groups.at(-1);
    if (group && piece.offset - stop <= MAX_GAP && Math.max(end, stop) - start <= MAX_REQUEST) {
      group.push(piece);
      stop = Math.max(stop, end);
    } else {
      groups.push([piece]);
      start = piece.offset;
      stop = end;
    }
  }
  return groups;
}

/** Copies what a decoded segment has of the box. */
function copySegment(
  out: TypedArray,
  box: PageBox,
  layout: PageLayout,
  piece: Piece,
  data: TypedArray,
): void {
  const stride = samplesPerSegment(layout);
  const { across, down, segmentWidth } = layout;
  const left = (piece.index % across) * segmentWidth;
  const fromRow = Math.max(box.row, piece.row);
  const toRow = Math.min(box.row + box.rows, piece.row + piece.rows);
  const fromColumn = Math.max(box.column, left);
  const toColumn = Math.min(box.column + box.columns, left + segmentWidth);
  const columns = toColumn - fromColumn;
  const firstSample = layout.planar ? Math.floor(piece.index / (across * down)) : box.sample;
  const samples = layout.planar ? 1 : box.samples;
  const target = out as Uint8Array;
  const source = data as Uint8Array;
  for (let s = 0; s < samples; s++) {
    const plane = (firstSample - box.sample + s) * box.rows;
    for (let row = fromRow; row < toRow; row++) {
      const to = (plane + row - box.row) * box.columns + fromColumn - box.column;
      const from =
        ((row - piece.row) * segmentWidth + fromColumn - left) * stride +
        (layout.planar ? 0 : firstSample + s);
      if (stride === 1) {
        target.set(source.subarray(from, from + columns), to);
      } else {
        for (let i = 0; i < columns; i++) target[to + i] = source[from + i * stride]!;
      }
    }
  }
}
