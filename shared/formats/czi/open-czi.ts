import type { ByteFile } from "../byte-file.ts";
import { HeaderReader } from "../header-reader.ts";
import type { ImageFile, ImageSeries } from "../image.ts";
import { type DescribedImage, describeImages } from "../ome/metadata-only.ts";
import { type Attachment, attachedFile, readAttachments } from "./attachments.ts";
import { readDirectory } from "./directory.ts";
import { cziError, isDamage } from "./error.ts";
import { layOut } from "./layout.ts";
import { type CziMetadata, readMetadata } from "./metadata.ts";
import { readFileHeader } from "./segment.ts";
import { describedImage, namesOf, seriesOf } from "./series.ts";

/** Longer XML is left out of the OME-XML, which is kept in the plan. */
const MAX_KEPT_XML = 8 * 1024 * 1024;
const NAMESPACE = "zeiss.com/czi/ImageDocument";

/** Attached images of a slide, as Bio-Formats calls them. */
const ATTACHED: { readonly [attachment: string]: string } = {
  Label: "label image",
  SlidePreview: "macro image",
};

interface Opened {
  readonly images: readonly { readonly series: ImageSeries; readonly described: DescribedImage }[];
  readonly metadata: CziMetadata | undefined;
  readonly attachments: readonly Attachment[];
  readonly reader: HeaderReader;
}

/**
 * Opens a Zeiss CZI by reading its header, its directory and its metadata: each scene an image, the pyramid as levels; after
 * them the label and the preview of a slide, as with Bio-Formats.
 *
 * Throws CZI_TRUNCATED, CZI_MALFORMED, CZI_UNSUPPORTED; compressions that aren't read are told by `unreadable`, so that
 * `inspect` says what the rest of the file is.
 */
export async function openCzi(file: ByteFile): Promise<ImageFile> {
  const opened = await openImages(file);
  const images = [...opened.images, ...(await attachedImages(opened))];
  const { objective, xml } = opened.metadata ?? {};
  return {
    format: "czi",
    uri: file.uri,
    bytes: file.size,
    series: images.map(({ series }) => series),
    omeXml: describeImages({
      images: images.map(({ described }) => described),
      ...(objective === undefined ? {} : { objective }),
      ...(xml === undefined || xml.length > MAX_KEPT_XML ? {} : { original: { xml, namespace: NAMESPACE } }),
    }),
    fingerprints: { [file.uri]: file.etag },
  };
}

async function openImages(file: ByteFile): Promise<Opened> {
  const reader = new HeaderReader(file);
  const header = await readFileHeader(reader);
  reader.prefetch([header.directoryPosition, header.metadataPosition]);
  if (header.directoryPosition === 0) {
    throw cziError(
      "CZI_TRUNCATED",
      { file: file.uri },
      "it has no directory: it was not written to its end",
      {
        hint: "Open it in ZEN, which mends it, and save it again.",
      },
    );
  }
  const [entries, found, attachments] = await Promise.all([
    readDirectory(reader, header.directoryPosition),
    header.metadataPosition === 0 ? "it has none" : readMetadata(reader, header.metadataPosition),
    readAttachments(reader, header.attachmentDirectoryPosition),
  ]);
  const metadata = typeof found === "string" ? undefined : found;
  const laidOut = layOut(entries, file.uri);
  const names = namesOf(laidOut, file.name, metadata);
  const common = {
    fileVersion: header.version,
    ...(typeof found === "string" ? { metadata: `not read: ${found}` } : {}),
    ...(attachments.length > 0 ? { attachments: attachments.map(({ name }) => name) } : {}),
  };
  const images = laidOut.map((image, i) => {
    const series = seriesOf(file, image, i, names[i]!, metadata, common);
    return { series, described: describedImage(image, series, metadata) };
  });
  return { images, metadata, attachments, reader };
}

/** The label and the preview of a slide: CZIs of one plane in the CZI. What is wrong with them is no matter of the slide's. */
async function attachedImages({ attachments, reader }: Opened): Promise<Opened["images"]> {
  const found: Opened["images"][number][] = [];
  for (const [attachment, name] of Object.entries(ATTACHED)) {
    const entry = attachments.find((each) => each.name === attachment && each.type === "CZI");
    if (!entry) continue;
    try {
      const file = await attachedFile(reader, entry);
      const image = file && (await openImages(file)).images[0];
      const [t = 0, , z = 0] = image?.series.source.shape ?? [];
      if (!image || image.series.unreadable || t > 1 || z > 1) continue;
      const { series, described } = image;
      found.push({
        series: { ...series, name, metadata: { ...series.metadata, name } },
        described: { ...described, name },
      });
    } catch (error) {
      // It is named among the attachments all the same.
      if (!isDamage(error)) throw error;
    }
  }
  return found;
}
