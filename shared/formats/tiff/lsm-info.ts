import type { Channel } from "../../block/axes.ts";
import type { TiffDocument } from "./document.ts";
import { tiffError } from "./error.ts";
import { viewOf } from "./ifd.ts";
import { TAG } from "./tags.ts";

/** What is used of CZ_LSMINFO, the private tag of Zeiss LSM files. */
export interface LsmInfo {
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeC: number;
  readonly sizeT: number;
  /** Positions and tiles of a mosaic, each recorded by itself. */
  readonly positions: number;
  readonly tiles: number;
  readonly scanType: number;
  /** In metres; of time in seconds. 0 where it isn't known. */
  readonly voxel: { readonly x: number; readonly y: number; readonly z: number; readonly t: number };
  readonly channels: readonly Channel[] | undefined;
}

const MAGIC = [0x00300494c, 0x00400494c];
const MOST_BYTES = 512;
const MOST_CHANNELS = 1024;

/** Reads it from the first page. Throws TIFF_MALFORMED where it is none. */
export async function readLsmInfo(document: TiffDocument): Promise<LsmInfo> {
  const bytes = await document.bytes(document.pages[0]!, TAG.lsmInfo, MOST_BYTES);
  const where = { file: document.file.uri, ifd: document.pages[0]!.label, tag: "CZ_LSMINFO" };
  if (!bytes || bytes.length < 128 || !document.littleEndian)
    throw tiffError("TIFF_MALFORMED", where, "its LSM information is cut short");
  const view = viewOf(bytes);
  if (!MAGIC.includes(view.getUint32(0, true)))
    throw tiffError("TIFF_MALFORMED", where, "its LSM information is of no kind that is known");
  const size = Math.min(bytes.length, view.getInt32(4, true));
  const count = (at: number): number => (at + 4 <= size ? view.getInt32(at, true) : 0);
  const metres = (at: number): number => {
    const value = view.getFloat64(at, true);
    return value > 0 && Number.isFinite(value) ? value : 0;
  };
  const [width, height, sizeZ, sizeC, sizeT] = [8, 12, 16, 20, 24].map(count) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [positions, tiles] = [Math.max(1, count(264)), Math.max(1, count(268))];
  if (
    [width, height, sizeZ, sizeC, sizeT].some((n) => n < 1) ||
    sizeZ * sizeT * positions * tiles > 2 ** 24
  ) {
    throw tiffError(
      "TIFF_MALFORMED",
      where,
      `an LSM of ${sizeT} x ${sizeC} x ${sizeZ} planes of ${width} x ${height} at ${positions * tiles} places`,
    );
  }
  return {
    width,
    height,
    sizeZ,
    sizeC,
    sizeT,
    positions,
    tiles,
    scanType: view.getUint16(88, true),
    voxel: { x: metres(40), y: metres(48), z: metres(56), t: metres(112) },
    channels: await readChannels(document, view.getUint32(108, true), sizeC),
  };
}

/** Names and colours of channels; undefined where the structure isn't one for this many. */
async function readChannels(
  document: TiffDocument,
  offset: number,
  sizeC: number,
): Promise<Channel[] | undefined> {
  if (offset < 8 || sizeC > MOST_CHANNELS) return undefined;
  const head = await document.read(offset, 24);
  if (head.length < 24) return undefined;
  const headView = viewOf(head);
  const [size, colors, names, colorsAt, namesAt] = [0, 4, 8, 12, 16].map((at) =>
    headView.getUint32(at, true),
  ) as [number, number, number, number, number];
  if (colors !== sizeC || names !== sizeC || size > 65536 || size < 24) return undefined;
  const bytes = await document.read(offset, size);
  if (bytes.length < size || colorsAt + 4 * sizeC > size) return undefined;
  const channels: Channel[] = [];
  for (let i = 0, at = namesAt; i < sizeC; i++) {
    if (at + 4 > size) return undefined;
    const length = viewOf(bytes).getUint32(at, true);
    if (at + 4 + length > size) return undefined;
    const name = Buffer.from(bytes.subarray(at + 4, at + 4 + length)).toString("latin1");
    const rgb = bytes.subarray(colorsAt + 4 * i, colorsAt + 4 * i + 3);
    channels.push({
      label: name.replace(/\0.*$/s, "") || `Channel ${i}`,
      color: Buffer.from(rgb).toString("hex").toUpperCase(),
    });
    at += 4 + length;
  }
  return channels;
}
