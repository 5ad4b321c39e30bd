import { BitReader } from "./bits.ts";
import { Changes } from "./changes.ts";
import { BLACK_RUNS, MODE, MODE_BITS, MODES, RUN_BITS, WHITE_RUNS } from "./codes.ts";

/** How rows are coded. */
export interface CcittOptions {
  readonly columns: number;
  readonly rows: number;
  /** TIFF's own way: T.4 in one dimension without ends of lines; T.4; T.6. */
  readonly scheme: "rle" | "group3" | "group4";
  /** Of group 3: a bit after each end of line says whether the row is coded by the one above. */
  readonly twoDimensional: boolean;
  /** Of RLE: rows start at multiples of so many bits. */
  readonly align: number;
}

/** An end of line is eleven zeros, which no code has, and a one. */
const EOL_ZEROS = 11;

/**
 * Bilevel rows by ITU-T T.4 and T.6 as packed bits, white 0, each row from a whole byte on. Throws an Error where
 * a code is none, a row is longer than the image is wide, or the data ends before the last row.
 */
export function decodeCcitt(bytes: Uint8Array, options: CcittOptions): Uint8Array {
  const { columns, rows, scheme, align } = options;
  const bits = new BitReader(bytes);
  const rowBytes = Math.ceil(columns / 8);
  const out = new Uint8Array(rowBytes * rows);
  let lineEnds = false;
  let above = new Changes(columns);
  let row = new Changes(columns);
  for (let y = 0; y < rows; y++) {
    let byAbove = scheme === "group4";
    if (scheme === "rle") bits.align(align);
    // Where one row has an end of line before it, all later ones have; what lies between is passed over, as libtiff does.
    if (scheme === "group3" && takeLineEnd(bits, lineEnds)) {
      lineEnds = true;
      byAbove = options.twoDimensional && takeBit(bits) === 0;
      if (takeLineEnd(bits, false)) throw new Error(`the data ends after ${y} of ${rows} rows`);
    }
    row.clear();
    if (byAbove) readByAbove(bits, above, row, columns, y);
    else readRuns(bits, row, columns, y);
    if (bits.overrun) throw new Error(`the data ends in row ${y} of ${rows}`);
    row.paint(out, y * rowBytes);
    [above, row] = [row, above];
  }
  return out;
}

/** Takes an end of line, and the fill before it; false where there is none here, or further on if `search`. */
function takeLineEnd(bits: BitReader, search: boolean): boolean {
  while (bits.peek(EOL_ZEROS) !== 0) {
    if (!search || bits.overrun) return false;
    bits.skip(1);
  }
  bits.skipZeros();
  return true;
}

function takeBit(bits: BitReader): number {
  const bit = bits.peek(1);
  bits.skip(1);
  return bit;
}

function readRuns(bits: BitReader, row: Changes, columns: number, y: number): void {
  let place = 0;
  for (let black = false; place < columns; black = !black) {
    place += readRun(bits, black, columns - place, y);
    if (place < columns) row.add(place);
  }
}

function readByAbove(bits: BitReader, above: Changes, row: Changes, columns: number, y: number): void {
  let black = false;
  // T.4's a0 starts before the first pixel.
  for (let place = -1; place < columns; ) {
    const code = MODES[bits.peek(MODE_BITS)]!;
    bits.skip(code & 7);
    const mode = code >> 3;
    if (code === 0 || mode === MODE.extension) {
      throw new Error(
        code === 0 && bits.peek(EOL_ZEROS) === 0
          ? `the data ends in row ${y}`
          : `row ${y} has a code that is ${code === 0 ? "none" : "of uncompressed mode"}`,
      );
    }
    const [b1, b2] = above.beyond(place, black);
    if (mode === MODE.pass) {
      place = b2;
    } else if (mode === MODE.horizontal) {
      place = Math.max(place, 0);
      for (const colour of [black, !black]) {
        place += readRun(bits, colour, columns - place, y);
        if (place < columns) row.add(place);
      }
    } else {
      const next = b1 + mode - 3;
      if (next < Math.max(place, 0) || next > columns) throw new Error(`row ${y} leaves the image`);
      place = next;
      black = !black;
      if (place < columns) row.add(place);
    }
  }
}

/** The length of a run: make-up codes, then a terminating one. */
function readRun(bits: BitReader, black: boolean, room: number, y: number): number {
  const table = black ? BLACK_RUNS : WHITE_RUNS;
  for (let run = 0; ; ) {
    const code = table[bits.peek(RUN_BITS)]!;
    if (code === 0) throw new Error(`row ${y} has a code that is none`);
    bits.skip(code & 15);
    run += code >> 4;
    if (run > room) throw new Error(`row ${y} is longer than the image is wide`);
    if (code >> 4 < 64) return run;
  }
}
