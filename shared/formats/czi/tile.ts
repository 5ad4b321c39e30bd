import type { DirectoryEntry } from "./directory.ts";
import type { PixelType } from "./pixel-type.ts";

/** A subblock in its place in an image: where its stored pixels lie, in pixels of the level that it belongs to. */
export interface Tile {
  readonly entry: DirectoryEntry;
  readonly pixelType: PixelType;
  readonly row: number;
  readonly column: number;
  /** Size as stored. */
  readonly rows: number;
  readonly columns: number;
}

/** A box of a plane. */
export interface Box {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** The part of a box that another covers; undefined where they don't meet. */
export function meet(a: Box, b: Box): Box | undefined {
  const row = Math.max(a.row, b.row);
  const column = Math.max(a.column, b.column);
  const rows = Math.min(a.row + a.rows, b.row + b.rows) - row;
  const columns = Math.min(a.column + a.columns, b.column + b.columns) - column;
  return rows > 0 && columns > 0 ? { row, rows, column, columns } : undefined;
}

/** True where `outer` covers `inner`. */
export function covers(outer: Box, inner: Box): boolean {
  return (
    outer.row <= inner.row &&
    outer.column <= inner.column &&
    outer.row + outer.rows >= inner.row + inner.rows &&
    outer.column + outer.columns >= inner.column + inner.columns
  );
}
