import type { Channel } from "../../block/axes.ts";
import type { OmeFiles } from "../ome/companions.ts";
import type { OmeImage, TiffData } from "../ome/model.ts";
import { locatePlanes } from "../ome/tiff-data.ts";
import { omeXmlError } from "../ome/xml.ts";
import type { TiffDocument } from "./document.ts";
import type { TiffPage } from "./page.ts";
import { type SeriesPlan, sampleChannels } from "./series.ts";

/** One series an Image whose pixels are in TIFF files. Throws OME_XML_INVALID. */
export function omeSeries(files: OmeFiles): SeriesPlan[] {
  const { ome, where } = files;
  const withData = ome.images.filter((image) => image.tiffData.length > 0);
  // A file of one image may leave TiffData out: all its directories in order.
  const images = withData.length > 0 ? withData : ome.images.slice(0, 1);
  if (images.length === 0) throw omeXmlError(where, "has no Image");
  return images.map((image, index) => planOf(files, image, index, ome.images.indexOf(image)));
}

function planOf(files: OmeFiles, image: OmeImage, index: number, omeImage: number): SeriesPlan {
  const documentOf = (data: TiffData): TiffDocument => {
    const document = data.fileName === undefined ? files.main : files.byName.get(data.fileName);
    if (!document) throw omeXmlError(files.where, "has TiffData without a file name, and is no TIFF itself");
    return document;
  };
  const firstData = image.tiffData[0] ?? { firstC: 0, firstZ: 0, firstT: 0 };
  const first = documentOf(firstData).pages[firstData.ifd ?? 0];
  // SizeC counts samples; the pages know best how many one of them has.
  const samples = first?.layout.samples ?? 1;
  const planesC = image.sizeC % samples === 0 ? image.sizeC / samples : image.sizeC;
  const places = locatePlanes(image, planesC, (data) => documentOf(data).pages.length, files.where);
  const pages = places.map((place) => place && documentOf(place.data).pages[place.ifd]);
  const channels = channelsOf(image, planesC, samples, first);
  return {
    name: image.name ?? image.id ?? `Image ${index}`,
    sizeT: image.sizeT,
    planesC,
    sizeZ: image.sizeZ,
    pages,
    levels: levelsOf(places, documentOf),
    physicalSize: image.physicalSize,
    ...(channels ? { channels } : {}),
    facts: {
      omeImage,
      ...(image.id ? { omeId: image.id } : {}),
      ...(image.type ? { omeType: image.type } : {}),
    },
  };
}

/** The pyramid that SubIFDs bring, as far down as every plane has it. */
function levelsOf(
  places: ReturnType<typeof locatePlanes>,
  documentOf: (data: TiffData) => TiffDocument,
): (TiffPage | undefined)[][] {
  const below = places.map((place) => {
    if (!place) return undefined;
    const document = documentOf(place.data);
    return document.subPages.get(document.pages[place.ifd]!) ?? [];
  });
  const depth = below.reduce(
    (least, pages) => (pages ? Math.min(least, pages.length) : least),
    Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(depth)
    ? Array.from({ length: depth }, (_, i) => below.map((pages) => pages?.[i]))
    : [];
}

function channelsOf(
  image: OmeImage,
  planesC: number,
  samples: number,
  first: TiffPage | undefined,
): Channel[] | undefined {
  const bySample = first && sampleChannels(first.layout, 1);
  const out: Channel[] = [];
  let named = false;
  for (let c = 0; c < planesC; c++) {
    // Some writers list a channel for each sample.
    const perSample = image.channels.length === planesC * samples;
    for (let s = 0; s < samples; s++) {
      const channel = image.channels[perSample ? c * samples + s : c];
      const sample = bySample?.[s];
      named ||= channel?.name !== undefined || channel?.color !== undefined || sample !== undefined;
      const suffix = !perSample && samples > 1 && channel?.name ? ` ${sample?.label ?? s}` : "";
      const color = samples > 1 && !perSample ? sample?.color : channel?.color;
      const label = channel?.name ? channel.name + suffix : (sample?.label ?? `Channel ${c * samples + s}`);
      out.push({ label, ...(color ? { color } : {}) });
    }
  }
  return named ? out : undefined;
}
