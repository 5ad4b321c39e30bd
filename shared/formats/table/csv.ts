import type { TableColumn } from "../../kernels/label-table.ts";

/** Rows that are made text at once. */
const ROWS = 4096;

/** A table as CSV (RFC 4180, with \n): a line of names, then a line a row; numbers in the shortest form that reads back as they are. */
export function encodeCsv(columns: readonly TableColumn[]): Uint8Array {
  const rows = columns[0]?.data.length ?? 0;
  const pieces = [Buffer.from(`${columns.map(({ name }) => name).join(",")}\n`)];
  for (let from = 0; from < rows; from += ROWS) {
    let text = "";
    for (let row = from; row < Math.min(from + ROWS, rows); row++)
      text += `${columns.map(({ data }) => String(data[row])).join(",")}\n`;
    pieces.push(Buffer.from(text));
  }
  return Buffer.concat(pieces);
}
