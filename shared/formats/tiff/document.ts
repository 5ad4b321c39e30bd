import { isLamellaError } from "../../errors.ts";
import type { ByteFile } from "../byte-file.ts";
import { HeaderReader } from "../header-reader.ts";
import { tiffError } from "./error.ts";
import { type Ifd, IfdReader } from "./ifd.ts";
import { type PageLayout, readPage, type TiffPage } from "./page.ts";
import { FIELD, FIELD_SIZE, TAG } from "./tags.ts";

/** A TIFF file's directories: its pages in order, and the pages under them. */
export interface TiffDocument {
  readonly file: ByteFile;
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  readonly pages: readonly TiffPage[];
  /** Pages of the SubIFDs tag, by page; absent where a page has none. */
  readonly subPages: ReadonlyMap<TiffPage, readonly TiffPage[]>;
  /** A page's ImageDescription. */
  description(page: TiffPage): Promise<string | undefined>;
  /** Numbers of another tag of a page. */
  numbers(page: TiffPage, tag: number, count: number): Promise<readonly number[] | undefined>;
  /** Text of another tag of a page. */
  text(page: TiffPage, tag: number): Promise<string | undefined>;
  /** The first bytes of another tag of a page; undefined where it has none. */
  bytes(page: TiffPage, tag: number, most: number): Promise<Uint8Array | undefined>;
  /** How many values a tag of a page has, and where. */
  place(page: TiffPage, tag: number): Promise<{ readonly count: number; readonly at: number } | undefined>;
  /** Bytes of a private structure that a tag points to; fewer where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Directories in one file, of all kinds: reading more would take longer than anybody waits. */
const MAX_IFDS = 2 ** 18;
/** OME-XML of plates reaches tens of megabytes. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const PREFETCH = 16;

/**
 * Reads every directory of a TIFF, few requests at a time, and checks that all its tiles and strips lie within
 * the file. Throws TIFF_TRUNCATED, TIFF_MALFORMED, TIFF_UNSUPPORTED naming file, directory and tag or tile.
 */
export async function readDocument(file: ByteFile): Promise<TiffDocument> {
  const reader = new HeaderReader(file);
  const ifds = await IfdReader.open(reader);
  const layouts = new Map<string, PageLayout>();
  // LSM's byte counts are those of decoded strips.
  let lsm = false;
  const seen = new Set<number>();
  const pages: TiffPage[] = [];
  const subPages = new Map<TiffPage, TiffPage[]>();
  const visit = async (offset: number, label: string): Promise<Ifd> => {
    if (seen.size >= MAX_IFDS)
      throw tiffError("TIFF_UNSUPPORTED", { file: file.uri }, `more than ${MAX_IFDS} directories`);
    seen.add(offset);
    return ifds.ifd(offset, label);
  };

  let last = 0;
  let stride = 0;
  for (let offset = ifds.header.firstIfd; offset !== 0; ) {
    if (seen.has(offset)) {
      throw tiffError(
        "TIFF_MALFORMED",
        { file: file.uri, ifd: `IFD ${pages.length}`, offset },
        "the chain of directories loops",
      );
    }
    // Pages of equal size lie at equal distances: the next directories are fetched side by side.
    if (offset - last === stride && stride > 0 && pages.length % (PREFETCH / 2) === 0) {
      reader.prefetch(Array.from({ length: PREFETCH }, (_, i) => offset + (i + 1) * stride));
    }
    stride = offset - last;
    last = offset;
    const ifd = await visit(offset, `IFD ${pages.length}`);
    if (pages.length === 0) lsm = ifd.entries.has(TAG.lsmInfo);
    const page = await readPage(ifds, ifd, layouts, { lsm });
    pages.push(page);
    offset = ifd.next;
  }
  if (pages.length === 0)
    throw tiffError("TIFF_MALFORMED", { file: file.uri }, "no directory: the file has no image");

  for (const page of pages) {
    if (page.subIfds.length === 0) continue;
    const below: TiffPage[] = [];
    for (const [i, offset] of page.subIfds.entries()) {
      if (offset === 0 || seen.has(offset)) continue;
      const ifd = await visit(offset, `${page.label} SubIFD ${i}`);
      try {
        below.push(await readPage(ifds, ifd, layouts));
      } catch (error) {
        // A level or thumbnail that is no image costs nothing, the page itself is whole; one cut off is a cut file.
        if (!isLamellaError(error) || error.code === "TIFF_TRUNCATED") throw error;
      }
    }
    if (below.length > 0) subPages.set(page, below);
  }

  const text = async (page: TiffPage, tag: number): Promise<string | undefined> => {
    const ifd = await ifds.ifd(page.offset, page.label);
    const entry = ifd.entries.get(tag);
    if (
      !entry ||
      (entry.type !== FIELD.ascii && entry.type !== FIELD.byte && entry.type !== FIELD.undefined)
    ) {
      return undefined;
    }
    if (entry.count > MAX_TEXT_BYTES) {
      throw tiffError(
        "TIFF_UNSUPPORTED",
        { file: file.uri, ifd: page.label, tag },
        `a text of ${entry.count} bytes`,
      );
    }
    const bytes = await ifds.bytes(ifd, entry);
    let end = bytes.indexOf(0);
    if (end < 0) end = bytes.length;
    return decodeText(bytes.subarray(0, end));
  };
  return {
    file,
    littleEndian: ifds.header.littleEndian,
    bigTiff: ifds.header.bigTiff,
    pages,
    subPages,
    text,
    description: async (page) => (page.hasDescription ? text(page, TAG.imageDescription) : undefined),
    async bytes(page, tag, most) {
      const ifd = await ifds.ifd(page.offset, page.label);
      const entry = ifd.entries.get(tag);
      return entry && ifds.bytes(ifd, entry, Math.floor(most / FIELD_SIZE[entry.type]!));
    },
    place: async (page, tag) => (await ifds.ifd(page.offset, page.label)).entries.get(tag),
    read: (offset, length) => reader.read(offset, length),
    async numbers(page, tag, count) {
      const ifd = await ifds.ifd(page.offset, page.label);
      const entry = ifd.entries.get(tag);
      return entry && entry.type !== FIELD.ascii ? ifds.numbers(ifd, entry, count) : undefined;
    },
  };
}

/** TIFF says ASCII; writers mean UTF-8, and ImageJ Latin-1 (its micro sign). */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
