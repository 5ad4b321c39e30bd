import type { Axis, Channel, ImageMetadata } from "../../block/axes.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import type { Json } from "../../errors.ts";
import type { ImageSeries } from "../image.ts";
import type { PhysicalSize } from "../ome/model.ts";
import { codecFor } from "./compression/registry.ts";
import type { TiffDocument } from "./document.ts";
import { tiffError } from "./error.ts";
import type { PageLayout, TiffPage } from "./page.ts";
import { checkLargeSegments, refusal } from "./segment.ts";
import { TiffSource } from "./source.ts";
import { COMPRESSION_NAME, PHOTOMETRIC_NAME, TAG } from "./tags.ts";
import { isSubsampled } from "./ycbcr.ts";

/** Channels that are written out only to say that they are inverted, at most. */
const MOST_UNNAMED = 64;

/** Pages in their places, as each way of reading a file (OME, ImageJ, plain) finds them. */
export interface SeriesPlan {
  readonly name: string;
  readonly sizeT: number;
  /** Channels counted in planes: a page of three samples is one. */
  readonly planesC: number;
  readonly sizeZ: number;
  /** By (t * planesC + c) * sizeZ + z. */
  readonly pages: readonly (TiffPage | undefined)[];
  /** Smaller resolutions, the same way, largest first. */
  readonly levels?: readonly (readonly (TiffPage | undefined)[])[];
  readonly physicalSize?: { readonly [axis in "x" | "y" | "z" | "t"]?: PhysicalSize };
  /** One an element of C. */
  readonly channels?: readonly Channel[];
  readonly facts?: { readonly [name: string]: Json };
  /** The array, where its pages are not planes of Y by X. */
  readonly source?: (label: string) => ChunkedSource;
}

/**
 * Builds a series. Throws TIFF_MALFORMED where its pages differ in size or dtype, TIFF_UNSUPPORTED where their
 * encoding isn't read.
 */
export async function buildSeries(
  document: TiffDocument,
  index: number,
  plan: SeriesPlan,
): Promise<ImageSeries> {
  const file = document.file.uri;
  const first = plan.pages.find((page) => page !== undefined);
  if (!first) throw tiffError("TIFF_MALFORMED", { file }, `series ${index} has no page`);
  checkPages(plan.pages, first);
  const { layout } = first;
  const label = `${file}#${index}`;
  const source = plan.source?.(label) ?? sourceOf(label, plan, plan.pages, layout);
  const sizeC = source.shape[1]!;
  const levels: ChunkedSource[] = [];
  for (const [i, pages] of (plan.levels ?? []).entries()) {
    const top = pages.find((page) => page !== undefined);
    // A pyramid is a convenience: a level that isn't read ends it, the image stays whole.
    if (!top || top.layout.dtype !== layout.dtype || top.layout.samples !== layout.samples) break;
    if (!uniform(pages, top) || pages.some((page) => page && refusal(page.layout))) break;
    levels.push(sourceOf(`${file}#${index}/${i + 1}`, plan, pages, top.layout));
  }
  const missing = plan.pages.reduce((count, page) => count + (page ? 0 : 1), 0);
  const channels = inverted(layout, sizeC, plan.channels ?? sampleChannels(layout, plan.planesC));
  const palette = await paletteOf(document, first);
  return {
    name: plan.name,
    metadata: {
      ...(plan.name ? { name: plan.name } : {}),
      axes: axesOf(plan.physicalSize ?? {}),
      ...(channels && channels.length === sizeC ? { channels } : {}),
      ...meaningOf(layout, palette),
    },
    source,
    levels,
    facts: {
      ...layoutFacts(layout),
      byteOrder: document.littleEndian ? "little-endian" : "big-endian",
      bigTiff: document.bigTiff,
      ...(missing > 0 ? { missingPlanes: missing } : {}),
      ...(palette ? { palette } : {}),
      ...plan.facts,
    },
  };
}

function sourceOf(
  label: string,
  plan: SeriesPlan,
  pages: readonly (TiffPage | undefined)[],
  layout: PageLayout,
): TiffSource {
  const shape = [plan.sizeT, plan.planesC * layout.samples, plan.sizeZ, layout.height, layout.width] as const;
  return new TiffSource({ label, shape: [...shape], pages, layout });
}

function checkPages(pages: readonly (TiffPage | undefined)[], first: TiffPage): void {
  for (const page of pages) {
    if (!page) continue;
    const where = { file: page.file.uri, ifd: page.label };
    const reason = refusal(page.layout);
    if (reason) throw tiffError("TIFF_UNSUPPORTED", where, reason);
    checkLargeSegments(page);
    if (!sameImage(page.layout, first.layout)) {
      throw tiffError(
        "TIFF_MALFORMED",
        where,
        `the page is ${describe(page.layout)}, others of its image (${first.label}) are ${describe(first.layout)}`,
      );
    }
  }
}

function uniform(pages: readonly (TiffPage | undefined)[], first: TiffPage): boolean {
  return pages.every((page) => !page || sameImage(page.layout, first.layout));
}

function sameImage(a: PageLayout, b: PageLayout): boolean {
  return (
    a === b ||
    (a.width === b.width && a.height === b.height && a.samples === b.samples && a.dtype === b.dtype)
  );
}

function describe(layout: PageLayout): string {
  return `${layout.width} x ${layout.height} x ${layout.samples} ${layout.dtype}`;
}

function axesOf(sizes: { readonly [axis in "x" | "y" | "z" | "t"]?: PhysicalSize }): Axis[] {
  return (["t", "c", "z", "y", "x"] as const).map((name) => {
    const type = name === "t" ? "time" : name === "c" ? "channel" : "space";
    const size = name === "c" ? undefined : sizes[name];
    return {
      name,
      type,
      ...(size?.unit ? { unit: size.unit } : {}),
      scale: size?.value ?? 1,
      translation: 0,
    };
  });
}

/** Whether YCbCr is decoded to RGB: where a codec of pictures has it, or its chroma is subsampled. */
function becomesRgb(layout: PageLayout): boolean {
  return layout.photometric === 6 && (codecFor(layout.compression)?.pixels === true || isSubsampled(layout));
}

const SAMPLE_NAMES: { readonly [photometric: number]: readonly (readonly [label: string, color: string])[] } =
  {
    2: [
      ["Red", "FF0000"],
      ["Green", "00FF00"],
      ["Blue", "0000FF"],
    ],
    6: [
      ["Y", "FFFFFF"],
      ["Cb", "0000FF"],
      ["Cr", "FF0000"],
    ],
    5: [
      ["Cyan", "00FFFF"],
      ["Magenta", "FF00FF"],
      ["Yellow", "FFFF00"],
      ["Black", "808080"],
    ],
  };

/** Names and colours that the photometric interpretation gives to the samples of a pixel. */
export function sampleChannels(layout: PageLayout, planesC: number): Channel[] | undefined {
  const names = SAMPLE_NAMES[becomesRgb(layout) ? 2 : layout.photometric];
  if (!names || planesC !== 1 || layout.samples < names.length) return undefined;
  return Array.from({ length: layout.samples }, (_, i) => {
    const known = names[i];
    if (known) return { label: known[0], color: known[1] };
    const extra = layout.extraSamples[i - names.length] ?? 0;
    return { label: extra === 1 || extra === 2 ? "Alpha" : `Extra ${i - names.length}` };
  });
}

function layoutFacts(layout: PageLayout): { [name: string]: Json } {
  return {
    photometric: PHOTOMETRIC_NAME[layout.photometric] ?? layout.photometric,
    compression: COMPRESSION_NAME[layout.compression] ?? layout.compression,
    predictor: layout.predictor,
    bitsPerSample: layout.bits,
    samplesPerPixel: layout.samples,
    planar: layout.planar,
    ...(layout.tiled
      ? { tile: [layout.segmentHeight, layout.segmentWidth] }
      : { rowsPerStrip: layout.segmentHeight }),
    ...(layout.extraSamples.length > 0 ? { extraSamples: layout.extraSamples } : {}),
  };
}

/** The channels of WhiteIsZero are shown the other way round. */
function inverted(
  layout: PageLayout,
  sizeC: number,
  channels: readonly Channel[] | undefined,
): readonly Channel[] | undefined {
  if (layout.photometric !== 0 || sizeC > MOST_UNNAMED) return channels;
  const all = channels ?? Array.from({ length: sizeC }, (_, i) => ({ label: `Channel ${i}` }));
  return all.map((channel) => ({ ...channel, inverted: true }));
}

/** What the values mean, where they are neither grey nor RGB as they are. */
function meaningOf(
  layout: PageLayout,
  palette: readonly string[] | undefined,
): Pick<ImageMetadata, "values"> {
  const photometric = PHOTOMETRIC_NAME[layout.photometric];
  if (!photometric || layout.photometric === 1 || layout.photometric === 2 || becomesRgb(layout)) return {};
  return { values: { photometric, ...(palette ? { palette } : {}) } };
}

/** The palette as "RRGGBB" by index, up to 256 entries: pixels stay indices. */
async function paletteOf(document: TiffDocument, page: TiffPage): Promise<string[] | undefined> {
  if (page.layout.photometric !== 3 || page.layout.bits > 8 || page.file !== document.file) return undefined;
  const size = 2 ** page.layout.bits;
  const map = await document.numbers(page, TAG.colorMap, 3 * size);
  if (!map || map.length < 3 * size) return undefined;
  return Array.from({ length: size }, (_, i) =>
    [0, 1, 2]
      .map((c) => ((map[c * size + i]! >> 8) & 0xff).toString(16).toUpperCase().padStart(2, "0"))
      .join(""),
  );
}
