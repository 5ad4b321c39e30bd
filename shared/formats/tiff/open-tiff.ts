import type { ByteFile } from "../byte-file.ts";
import type { ImageFile, ImageSeries } from "../image.ts";
import { openOmeFiles, readXml } from "../ome/companions.ts";
import { isOmeXml } from "../ome/model.ts";
import { readDocument, type TiffDocument } from "./document.ts";
import { imageJSeries, isImageJ } from "./imagej-series.ts";
import { lsmSeries } from "./lsm-series.ts";
import { omeSeries } from "./ome-series.ts";
import { plainSeries } from "./plain-series.ts";
import { buildSeries, type SeriesPlan } from "./series.ts";
import { isShaped, shapedSeries } from "./shaped-series.ts";
import { stkSeries } from "./stk-series.ts";
import { isSvs, svsSeries } from "./svs-series.ts";
import { TAG } from "./tags.ts";

/**
 * Opens a TIFF: OME-TIFF by its OME-XML, ImageJ hyperstacks, tifffile's arrays and Aperio's slides by their descriptions,
 * Zeiss LSM and MetaMorph stacks by their tags, others
 * as stacks of equal pages. Reads headers only, and checks that every tile and strip lies within its file.
 *
 * Throws TIFF_TRUNCATED, TIFF_MALFORMED, TIFF_UNSUPPORTED, OME_XML_INVALID, NOT_FOUND (files of a multi-file
 * OME-TIFF), UNSAFE_KEY.
 */
export async function openTiff(file: ByteFile): Promise<ImageFile> {
  const document = await readDocument(file);
  const description = await document.description(document.pages[0]!);
  const common = { uri: file.uri, bytes: file.size };
  if (description !== undefined && isOmeXml(description)) {
    return { ...common, ...(await openOme(file, description, document)) };
  }
  const fingerprints = { [file.uri]: file.etag };
  const special = await specialSeries(document, description);
  if (special)
    return { ...common, format: special.format, series: await build(document, special.plans), fingerprints };
  if (description !== undefined && isImageJ(description)) {
    const plan = await imageJSeries(document, description);
    if (plan)
      return { ...common, format: "imagej-tiff", series: await build(document, [plan]), fingerprints };
  }
  const shaped =
    description !== undefined && isShaped(description) ? await shapedSeries(document) : undefined;
  const plans = shaped ?? plainSeries(document);
  return { ...common, format: "tiff", series: await build(document, plans), fingerprints };
}

/** Formats of microscopes' makers that are TIFFs with tags, or a description, of their own. */
async function specialSeries(
  document: TiffDocument,
  description: string | undefined,
): Promise<{ readonly format: string; readonly plans: SeriesPlan[] } | undefined> {
  const [first] = document.pages;
  if (await document.place(first!, TAG.lsmInfo)) return { format: "lsm", plans: await lsmSeries(document) };
  if (description !== undefined && isSvs(document, description))
    return { format: "svs", plans: svsSeries(document, description) };
  const stack = (await document.place(first!, TAG.uic2)) && (await stkSeries(document));
  return stack && { format: "stk", plans: [stack] };
}

/** Opens a companion OME-XML file: the same images as through any of its TIFFs. Throws as `openTiff`. */
export async function openCompanion(file: ByteFile): Promise<ImageFile> {
  return { uri: file.uri, bytes: file.size, ...(await openOme(file, await readXml(file), undefined)) };
}

async function openOme(
  file: ByteFile,
  xml: string,
  tiff: TiffDocument | undefined,
): Promise<Pick<ImageFile, "format" | "series" | "omeXml" | "fingerprints">> {
  const files = await openOmeFiles(file, xml, tiff);
  const document = tiff ?? files.main ?? [...files.byName.values()][0];
  const plans = omeSeries(files);
  return {
    format: "ome-tiff",
    series: await build(document!, plans),
    omeXml: files.xml,
    fingerprints: files.fingerprints,
  };
}

async function build(document: TiffDocument, plans: readonly SeriesPlan[]): Promise<ImageSeries[]> {
  const series: ImageSeries[] = [];
  for (const [index, plan] of plans.entries()) series.push(await buildSeries(document, index, plan));
  return series;
}
