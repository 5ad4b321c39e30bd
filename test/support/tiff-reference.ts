import { createHash } from "node:crypto";
import { bytesOf, type TypedArray } from "../../shared/block/dtype.ts";

/** A row of bioformats-oracle.csv. */
export type OracleRow = { readonly [column: string]: string };

/**
 * The MD5 sum that Bio-Formats would have of TCZYX pixels: of all planes in the order of its reader, the samples of
 * a pixel together, in the file's byte order. Undefined where it sees other sizes.
 */
export function bioFormatsMd5(
  data: TypedArray,
  shape: readonly number[],
  row: OracleRow,
): string | undefined {
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = shape as [number, number, number, number, number];
  const seen = [row["sizeT"], row["sizeC"], row["sizeZ"], row["sizeY"], row["sizeX"]].map(Number);
  if (seen.some((n, axis) => n !== shape[axis])) return undefined;
  const samples = Number(row["rgb_channels"]);
  const order = row["dimension_order"]!.slice(2).split("") as ("T" | "C" | "Z")[];
  const count = { T: sizeT, C: sizeC / samples, Z: sizeZ };
  const bytes = Buffer.from(bytesOf(data));
  const item = data.BYTES_PER_ELEMENT;
  const planeBytes = sizeY * sizeX * item;
  const sum = createHash("md5");
  for (let i = 0; i < count.T * count.C * count.Z; i++) {
    const at = { T: 0, C: 0, Z: 0 };
    let rest = i;
    for (const axis of order) {
      at[axis] = rest % count[axis];
      rest = Math.floor(rest / count[axis]);
    }
    const parts = Array.from({ length: samples }, (_, s) => {
      const start = ((at.T * sizeC + at.C * samples + s) * sizeZ + at.Z) * planeBytes;
      return bytes.subarray(start, start + planeBytes);
    });
    const plane = row["interleaved"] === "true" ? interleave(parts, item) : Buffer.concat(parts);
    if (row["little_endian"] === "false" && item > 1)
      plane[({ 2: "swap16", 4: "swap32", 8: "swap64" } as const)[item as 2]]();
    sum.update(plane);
  }
  return sum.digest("hex");
}

function interleave(parts: readonly Buffer[], item: number): Buffer {
  const out = Buffer.alloc(parts[0]!.length * parts.length);
  for (let from = 0, to = 0; from < parts[0]!.length; from += item)
    for (const part of parts) to += part.copy(out, to, from, from + item);
  return out;
}
