import { LamellaError } from "../../errors.ts";
import { ByteFile } from "../byte-file.ts";
import { readDocument, type TiffDocument } from "../tiff/document.ts";
import { isOmeXml, type OmeDocument, parseOmeXml } from "./model.ts";
import { omeXmlError } from "./xml.ts";

const CONCURRENT_FILES = 8;
const MAX_XML_BYTES = 64 * 1024 * 1024;

/** OME-XML with the files that it speaks of. */
export interface OmeFiles {
  readonly ome: OmeDocument;
  readonly xml: string;
  /** For messages: the file that holds the XML. */
  readonly where: string;
  /** The TIFF that holds the XML; absent where that is a companion file. */
  readonly main: TiffDocument | undefined;
  readonly byName: ReadonlyMap<string, TiffDocument>;
  readonly fingerprints: { readonly [uri: string]: string };
}

/**
 * Opens whatever an OME-XML refers to: the master where `xml` says BinaryOnly, then every file that TiffData
 * names, all beside the first. Throws OME_XML_INVALID, UNSAFE_KEY, and NOT_FOUND naming the missing files.
 */
export async function openOmeFiles(
  file: ByteFile,
  xml: string,
  tiff: TiffDocument | undefined,
): Promise<OmeFiles> {
  const opened = new Map<string, TiffDocument>();
  const fingerprints: { [uri: string]: string } = { [file.uri]: file.etag };
  if (tiff) opened.set(file.name, tiff);
  let master = { file, xml, tiff };
  let ome = parseOmeXml(xml, file.uri);
  if (ome.metadataFile && ome.images.length === 0) {
    master = await openMaster(file, ome.metadataFile);
    fingerprints[master.file.uri] = master.file.etag;
    if (master.tiff) opened.set(master.file.name, master.tiff);
    ome = parseOmeXml(master.xml, master.file.uri);
    if (ome.images.length === 0)
      throw omeXmlError(master.file.uri, `has no Image, and is the metadata file of ${file.uri}`);
  }
  const names = new Set(
    ome.images.flatMap((image) => image.tiffData.flatMap(({ fileName }) => fileName ?? [])),
  );
  const own = master.tiff ? ownNames(ome, names, master.file.name) : new Set<string>();
  const byName = new Map<string, TiffDocument>();
  const missing: string[] = [];
  const queue = [...names];
  const work = async (): Promise<void> => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const held = own.has(name) ? master.tiff : opened.get(name);
      if (held) {
        byName.set(name, held);
        continue;
      }
      try {
        const other = await ByteFile.open(master.file.sibling(name));
        fingerprints[other.uri] = other.etag;
        byName.set(name, await readDocument(other));
      } catch (error) {
        if (!(error instanceof LamellaError) || error.code !== "NOT_FOUND") throw error;
        missing.push(name);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_FILES }, work));
  if (missing.length > 0) {
    missing.sort();
    const some = missing.slice(0, 5).join(", ");
    throw new LamellaError(
      "NOT_FOUND",
      `${master.file.uri}: ${missing.length} of the image's ${names.size} files are missing: ${some}${missing.length > 5 ? ", ..." : ""}`,
      {
        hint: "Put all files of the multi-file OME-TIFF into one folder.",
        details: { file: master.file.uri, missing: missing.slice(0, 100) },
      },
    );
  }
  return { ome, xml: master.xml, where: master.file.uri, main: master.tiff, byName, fingerprints };
}

/** Names that mean the file in hand: its own, that of its UUID, and, of a file on its own, the one it was written under. */
function ownNames(ome: OmeDocument, names: ReadonlySet<string>, name: string): Set<string> {
  const own = new Set([name]);
  if (names.size === 1) return new Set([...own, ...names]);
  for (const image of ome.images) {
    for (const { uuid, fileName } of image.tiffData) {
      if (fileName && uuid && uuid === ome.uuid) own.add(fileName);
    }
  }
  return own;
}

async function openMaster(
  file: ByteFile,
  name: string,
): Promise<{ file: ByteFile; xml: string; tiff: TiffDocument | undefined }> {
  const master = await ByteFile.open(file.sibling(name));
  const head = await master.read(0, 4);
  if (head[0] === head[1] && (head[0] === 0x49 || head[0] === 0x4d)) {
    const tiff = await readDocument(master);
    const xml = await tiff.description(tiff.pages[0]!);
    if (xml === undefined || !isOmeXml(xml)) {
      throw omeXmlError(master.uri, `is absent, and is the metadata file of ${file.uri}`);
    }
    return { file: master, xml, tiff };
  }
  return { file: master, xml: await readXml(master), tiff: undefined };
}

/** A companion file's text. Throws OME_XML_INVALID where it is longer than any is. */
export async function readXml(file: ByteFile): Promise<string> {
  if (file.size > MAX_XML_BYTES) throw omeXmlError(file.uri, `of ${file.size} bytes is too long`);
  return new TextDecoder().decode(await file.read(0, file.size));
}
