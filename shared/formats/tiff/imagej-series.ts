import type { PhysicalSize } from "../ome/model.ts";
import { ngffUnit } from "../ome/units.ts";
import { contiguousPlanes, isContiguous, planeBytes } from "./contiguous.ts";
import type { TiffDocument } from "./document.ts";
import { tiffError } from "./error.ts";
import type { TiffPage } from "./page.ts";
import type { SeriesPlan } from "./series.ts";
import { TAG } from "./tags.ts";

export function isImageJ(description: string): boolean {
  return description.startsWith("ImageJ=");
}

/**
 * An ImageJ hyperstack: channels vary fastest, then slices, then frames. Its planes are pages of their own, or
 * (always so beyond 4 GB) follow the first page's pixels without directories. Undefined where the
 * description doesn't fit the pages. Throws TIFF_MALFORMED, TIFF_TRUNCATED.
 */
export async function imageJSeries(
  document: TiffDocument,
  description: string,
): Promise<SeriesPlan | undefined> {
  const meta = parseDescription(description);
  const first = document.pages[0]!;
  const count = (key: string): number => {
    const value = Number(meta.get(key) ?? 1);
    return Number.isSafeInteger(value) && value >= 1 && value < 2 ** 24 ? value : 1;
  };
  const [slices, frames] = [count("slices"), count("frames")];
  // A page of several samples already holds the channels (Bio-Formats writes that).
  const channels = first.layout.samples === count("channels") ? 1 : count("channels");
  let planes = slices * frames * channels;
  if (planes > 2 ** 24) {
    throw tiffError("TIFF_MALFORMED", { file: document.file.uri }, `an ImageJ stack of ${planes} planes`);
  }
  let extra = 1;
  // "images" alone counts the planes where no dimension does.
  if (!["channels", "slices", "frames"].some((key) => meta.has(key))) {
    planes = Math.max(count("images"), document.pages.length);
    extra = planes;
  }
  const pages = pagesOf(document, first, planes);
  if (!pages) return undefined;
  const sizeZ = slices * extra;
  const ordered = new Array<TiffPage | undefined>(planes);
  for (const [i, page] of pages.entries()) {
    const c = i % channels;
    const z = Math.floor(i / channels) % sizeZ;
    const t = Math.floor(i / (channels * sizeZ));
    ordered[(t * channels + c) * sizeZ + z] = page;
  }
  return {
    name: document.file.name,
    sizeT: frames,
    planesC: channels,
    sizeZ,
    pages: ordered,
    physicalSize: await physicalSizes(document, meta),
    facts: { imageJ: meta.get("ImageJ") ?? "" },
  };
}

/** The planes' pages; undefined where the file's directories are others than the description tells of. */
function pagesOf(document: TiffDocument, first: TiffPage, planes: number): readonly TiffPage[] | undefined {
  const { pages } = document;
  if (pages.length === planes) return pages;
  if (!isContiguous(first)) return undefined;
  const start = first.offsets[0]!;
  const size = planeBytes(first.layout);
  const end = start + size * planes;
  // Further directories either belong to something else, after the stack, or repeat its second plane.
  const second = pages[1];
  const fits =
    !second || (end <= second.offset && (second.offsets[0] === start + size || second.offsets[0]! >= end));
  if (fits) return contiguousPlanes(first, planes);
  return undefined;
}

function parseDescription(description: string): Map<string, string> {
  const meta = new Map<string, string>();
  for (const line of description.split(/\r?\n/)) {
    const at = line.indexOf("=");
    if (at > 0) meta.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return meta;
}

/** Pixel sizes: the resolution tags count pixels per `unit`, `spacing` is Z's step and `finterval` time's. */
async function physicalSizes(
  document: TiffDocument,
  meta: ReadonlyMap<string, string>,
): Promise<NonNullable<SeriesPlan["physicalSize"]>> {
  const out: { [axis in "x" | "y" | "z" | "t"]?: PhysicalSize } = {};
  const text = (meta.get("unit") ?? "").replace(/\\u([0-9a-fA-F]{4})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const unit = ngffUnit(text);
  const positive = (value: number | undefined): value is number =>
    value !== undefined && value > 0 && Number.isFinite(value);
  if (unit) {
    const [first] = document.pages;
    for (const [axis, tag] of [
      ["x", TAG.xResolution],
      ["y", TAG.yResolution],
    ] as const) {
      const [resolution] = (await document.numbers(first!, tag, 1)) ?? [];
      if (positive(resolution)) out[axis] = { value: 1 / resolution, unit };
    }
    const spacing = Math.abs(Number(meta.get("spacing")));
    if (positive(spacing)) out.z = { value: spacing, unit };
  }
  const interval = Number(meta.get("finterval"));
  const timeUnit = ngffUnit(meta.get("tunit") ?? "s");
  if (positive(interval)) out.t = timeUnit ? { value: interval, unit: timeUnit } : { value: interval };
  return out;
}
