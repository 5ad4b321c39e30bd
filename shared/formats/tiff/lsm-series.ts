import type { PhysicalSize } from "../ome/model.ts";
import type { TiffDocument } from "./document.ts";
import { tiffError } from "./error.ts";
import { type LsmInfo, readLsmInfo } from "./lsm-info.ts";
import type { TiffPage } from "./page.ts";
import type { SeriesPlan } from "./series.ts";
import { type StoredAxis, TransposedSource } from "./transposed-source.ts";

/** NewSubfileType's bit for a thumbnail. */
const REDUCED = 1;
const WRAP = 2 ** 32;

/** What the rows of a page are, by ScanType, where they aren't Y: planes and lines that were scanned along Z or T. */
const ROWS: { readonly [scanType: number]: "Z" | "T" } = {
  1: "Z",
  2: "T",
  4: "Z",
  5: "T",
  8: "Z",
  9: "Z",
  10: "T",
};

/**
 * Zeiss LSM: every other page is a thumbnail, the others are the planes of T and Z, whose samples are channels. Each
 * position, and each tile of a mosaic, is a series of its own. Throws TIFF_MALFORMED.
 */
export async function lsmSeries(document: TiffDocument): Promise<SeriesPlan[]> {
  const info = await readLsmInfo(document);
  const all = document.pages.filter((page) => (page.subfileType & REDUCED) === 0);
  const [first] = all;
  const rows = ROWS[info.scanType];
  const sizeZ = rows === "Z" ? 1 : info.sizeZ;
  const sizeT = rows === "T" ? 1 : info.sizeT;
  const places = info.positions * info.tiles;
  const planes = sizeT * sizeZ;
  if (!first || first.layout.width !== info.width) {
    throw tiffError(
      "TIFF_MALFORMED",
      { file: document.file.uri, tag: "CZ_LSMINFO" },
      `its pages are ${first?.layout.width ?? 0} pixels wide, its LSM information says ${info.width}`,
    );
  }
  const pages = document.file.size >= WRAP ? unwrapOffsets(document.pages).filter(isImage) : all;
  return Array.from({ length: Math.max(1, places) }, (_, place) => {
    const own = pages.slice(place * planes, (place + 1) * planes);
    const plan: SeriesPlan = {
      name: places > 1 ? `${document.file.name} ${place}` : document.file.name,
      sizeT,
      planesC: 1,
      sizeZ,
      // A recording that was broken off lacks its last planes.
      pages: Array.from({ length: planes }, (_, i) => own[i]),
      physicalSize: physicalSize(info),
      ...(info.channels ? { channels: info.channels } : {}),
      facts: { lsm: { scanType: info.scanType } },
    };
    if (rows === undefined || own.length < planes) return plan;
    const axes = axesOf(own[0]!, rows, sizeT, sizeZ);
    return { ...plan, source: (label: string) => new TransposedSource(label, own, axes) };
  }).filter(({ pages: own }) => own.some((page) => page !== undefined));
}

function isImage(page: TiffPage): boolean {
  return (page.subfileType & REDUCED) === 0;
}

const AXIS = { T: 0, C: 1, Z: 2, Y: 3, X: 4 } as const;

/** The axes of pages whose rows are Z or T. */
function axesOf({ layout }: TiffPage, rows: "Z" | "T", sizeT: number, sizeZ: number): StoredAxis[] {
  const own: StoredAxis[] = [
    { length: layout.height, axis: AXIS[rows] },
    { length: layout.width, axis: AXIS.X },
  ];
  if (layout.samples > 1) own.splice(layout.planar ? 0 : 2, 0, { length: layout.samples, axis: AXIS.C });
  return [{ length: rows === "T" ? sizeZ : sizeT, axis: rows === "T" ? AXIS.Z : AXIS.T }, ...own];
}

function physicalSize({ voxel }: LsmInfo): NonNullable<SeriesPlan["physicalSize"]> {
  const out: { [axis in "x" | "y" | "z" | "t"]?: PhysicalSize } = {};
  for (const axis of ["x", "y", "z"] as const)
    if (voxel[axis] > 0) out[axis] = { value: voxel[axis] * 1e6, unit: "micrometer" };
  if (voxel.t > 0) out.t = { value: voxel.t, unit: "second" };
  return out;
}

/**
 * Offsets have 32 bits in files beyond 4 GiB too, and begin again at 0 there: pages follow each other in the file,
 * so that a smaller offset means another 4 GiB. Of the files of one position, as tifffile does it.
 */
export function unwrapOffsets(pages: readonly TiffPage[]): TiffPage[] {
  const [first, second] = pages;
  const thumbnailsFirst = second !== undefined && first!.offsets[0]! > second.offsets[0]!;
  const order = pages.map((_, i) => (thumbnailsFirst && (i ^ 1) < pages.length ? i ^ 1 : i));
  const out: TiffPage[] = [...pages];
  let wrap = 0;
  let last = 0;
  for (const i of order) {
    const offsets = Array.from(pages[i]!.offsets, (offset) => {
      if (offset < last) wrap += WRAP;
      last = offset;
      return offset + wrap;
    });
    out[i] = { ...pages[i]!, offsets };
  }
  return out;
}
