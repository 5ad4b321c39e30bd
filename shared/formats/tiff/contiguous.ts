import { tiffError } from "./error.ts";
import { hasRawRows, type PageLayout, segmentBytes, type TiffPage } from "./page.ts";

const MAX_PLANES = 2 ** 19;

/** Whether a page's pixels are one run of raw bytes, as ImageJ and tifffile write series that only their first page describes. */
export function isContiguous(page: TiffPage): boolean {
  const { layout } = page;
  if (!hasRawRows(layout) || layout.predictor !== 1) return false;
  for (let i = 1; i < page.offsets.length; i++) {
    if (page.offsets[i] !== page.offsets[i - 1]! + page.counts[i - 1]!) return false;
  }
  return page.offsets[0]! > 0;
}

/** Bytes of one plane of a contiguous page, all samples. */
export function planeBytes(layout: PageLayout): number {
  return (
    segmentBytes({ ...layout, segmentWidth: layout.width }, layout.height) *
    (layout.planar ? layout.samples : 1)
  );
}

/**
 * The `count` planes that lie one after the other from this page's pixels on, as pages of one strip. Throws
 * TIFF_TRUNCATED where the file ends before the last.
 */
export function contiguousPlanes(page: TiffPage, count: number): TiffPage[] {
  const bytes = planeBytes(page.layout);
  const start = page.offsets[0]!;
  const size = page.file.size;
  if (start + bytes * count > size) {
    throw tiffError(
      "TIFF_TRUNCATED",
      { file: page.file.uri, ifd: page.label },
      `${count} planes of ${bytes} bytes from byte ${start} on end at ${start + bytes * count}, the file at ${size}`,
    );
  }
  if (count > MAX_PLANES) {
    throw tiffError(
      "TIFF_UNSUPPORTED",
      { file: page.file.uri, ifd: page.label },
      `${count} planes of ${bytes} bytes`,
    );
  }
  const layout: PageLayout = { ...page.layout, segmentHeight: page.layout.height, down: 1 };
  const parts = layout.planar ? layout.samples : 1;
  const counts = new Array<number>(parts).fill(bytes / parts);
  return Array.from({ length: count }, (_, plane) => ({
    ...page,
    layout,
    label: `${page.label} plane ${plane}`,
    offsets: counts.map((part, i) => start + plane * bytes + i * part),
    counts,
    subIfds: [],
  }));
}
