import type { DType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { chooseImages, keptOmeXml } from "../formats/ome/kept-xml.ts";
import { parseOmeXml } from "../formats/ome/model.ts";
import { omePixelType, writeOmeXml } from "../formats/ome/write-xml.ts";
import type { ExportImage } from "./open-source.ts";

export interface DescribedImage {
  readonly image: ExportImage;
  readonly shape: readonly [number, number, number, number, number];
  /** Of the samples in the file. */
  readonly dtype: DType;
}

/**
 * The OME-XML of a file: the source's own, kept whole, where it is there and fits the pixels; else made from names,
 * axes and channels, which `notes` then says. Throws UNSUPPORTED_DTYPE.
 */
export function chooseXml(request: {
  readonly images: readonly DescribedImage[];
  readonly omeXml: string | undefined;
  readonly littleEndian: boolean;
  readonly where: string;
  readonly notes: string[];
}): string {
  const { images, omeXml, littleEndian, where, notes } = request;
  for (const { dtype } of images) omePixelType(dtype);
  const made = () =>
    writeOmeXml(
      images.map(({ image, shape, dtype }) => ({
        name: image.name,
        shape,
        dtype,
        axes: image.axes,
        ...(image.channels ? { channels: image.channels } : {}),
      })),
      { littleEndian },
    );
  if (omeXml === undefined) return made();
  const reason = (why: string): string => {
    notes.push(`the source's OME-XML doesn't fit what is written (${why}): a new one was made`);
    return made();
  };
  const chosen = images.map(({ image }) => image.omeImage ?? -1);
  try {
    parseOmeXml(omeXml, where);
    const text = chooseImages(omeXml, chosen);
    if (text === undefined) return reason("it has other images");
    let ifd = 0;
    const kept = keptOmeXml(
      text,
      images.map(({ image, shape, dtype }) => {
        const first = ifd;
        ifd += shape[0] * shape[1] * shape[2];
        return { shape, dtype, axes: image.axes, ifd: first };
      }),
      { littleEndian, where },
    );
    return "xml" in kept ? kept.xml : reason(kept.reason);
  } catch (error) {
    if (!(error instanceof LamellaError) || error.code !== "OME_XML_INVALID") throw error;
    return reason(error.message);
  }
}
