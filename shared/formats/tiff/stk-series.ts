import { contiguousPlanes, isContiguous } from "./contiguous.ts";
import type { TiffDocument } from "./document.ts";
import { viewOf } from "./ifd.ts";
import type { SeriesPlan } from "./series.ts";
import { TAG } from "./tags.ts";

/** Of one plane in UIC2: distance along Z as a rational, dates and times of creation and change. */
const UIC2_BYTES = 24;
const MOST_PLANES = 2 ** 19;

/**
 * MetaMorph STK: as many planes as the UIC2 tag counts lie one after the other, where the only directory tells of the
 * first. Along Z where each has a distance, else along T. Undefined where it is no such stack. Throws TIFF_TRUNCATED.
 */
export async function stkSeries(document: TiffDocument): Promise<SeriesPlan | undefined> {
  const [page] = document.pages;
  const { count: planes = 0, at = 0 } = (await document.place(page!, TAG.uic2)) ?? {};
  if (planes < 2 || planes > MOST_PLANES || document.pages.length > 1 || !isContiguous(page!))
    return undefined;
  const bytes = await document.read(at, planes * UIC2_BYTES);
  if (bytes.length < planes * UIC2_BYTES) return undefined;
  const view = viewOf(bytes);
  const distances = Array.from({ length: planes }, (_, i) => {
    const place = i * UIC2_BYTES;
    return view.getUint32(place, document.littleEndian) / view.getUint32(place + 4, document.littleEndian);
  });
  const alongZ = distances.every((distance) => distance !== 0);
  return {
    name: document.file.name,
    sizeT: alongZ ? 1 : planes,
    planesC: 1,
    sizeZ: alongZ ? planes : 1,
    pages: contiguousPlanes(page!, planes),
    facts: { metaMorph: true },
  };
}
