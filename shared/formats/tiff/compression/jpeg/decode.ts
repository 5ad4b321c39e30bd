import { UnsupportedData } from "../codec.ts";
import { type Frame, readFrame, readHuffman, readQuantization, Tables } from "./frame.ts";
import { decodeScan, finishProgressive } from "./scan.ts";
import { upsample } from "./upsample.ts";

export interface JpegImage {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  /** A JFIF marker was found, which says that three components are YCbCr. */
  readonly jfif: boolean;
  /** Full-size planes, one a component, as coded. */
  readonly planes: readonly Uint8Array[];
}

/** Names of the frames that are not read, by their marker. */
const OTHER_FRAMES: { readonly [marker: number]: string } = {
  195: "lossless JPEG",
  197: "differential JPEG",
  198: "differential JPEG",
  199: "differential JPEG",
  201: "JPEG with arithmetic coding",
  202: "JPEG with arithmetic coding",
  203: "lossless JPEG with arithmetic coding",
};

/**
 * Decodes baseline, extended and progressive Huffman-coded JPEG of 8 bits (ITU-T T.81). `tables` is the
 * abbreviated stream of TIFF's JPEGTables. Pixels equal libjpeg-turbo's. Throws an Error saying what is wrong;
 * allocates for at most `maxPixels` pixels, whatever the header says.
 *
 * Why not a library: geotiff's decoder repeats subsampled chroma instead of interpolating it, so that pixels are
 * off by tens, takes ten times the time, and allocates by the header's word.
 */
export function decodeJpeg(bytes: Uint8Array, tables: Uint8Array | undefined, maxPixels: number): JpegImage {
  const state = new Tables();
  if (tables) readStream(tables, state, 0);
  const { frame, jfif } = readStream(bytes, state, maxPixels);
  if (!frame) throw new Error("the JPEG data has no frame");
  if (frame.progressive) finishProgressive(frame, state);
  return {
    width: frame.width,
    height: frame.height,
    samples: frame.components.length,
    jfif,
    planes: frame.components.map((component) => upsample(component, frame)),
  };
}

function readStream(
  bytes: Uint8Array,
  tables: Tables,
  maxPixels: number,
): { frame: Frame | undefined; jfif: boolean } {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("the data is no JPEG");
  let frame: Frame | undefined;
  let jfif = false;
  let scans = 0;
  for (let at = 2; at + 1 < bytes.length; ) {
    if (bytes[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = bytes[at + 1]!;
    at += marker === 0xff ? 1 : 2;
    if (marker === 0xd9) break;
    if (marker === 0xff || marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (length < 2 || at + length > bytes.length) throw new Error("a JPEG marker is cut off");
    const body = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker === 0xdb) readQuantization(body, tables);
    else if (marker === 0xc4) readHuffman(body, tables);
    else if (marker === 0xdd) tables.restartInterval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    else if (marker === 0xe0)
      jfif ||= body[0] === 0x4a && body[1] === 0x46 && body[2] === 0x49 && body[3] === 0x46;
    else if (marker >= 0xc0 && marker <= 0xc2) {
      if (frame) throw new Error("a JPEG of several frames is not read");
      frame = readFrame(body, marker === 0xc2, maxPixels);
    } else if (marker === 0xda) {
      if (!frame) throw new Error("a JPEG scan comes before its frame");
      // Each scan is as much work as the image: a damaged file must not ask for thousands.
      if (++scans > 200) throw new Error("the JPEG has too many scans");
      at = decodeScan(frame, tables, body, bytes, at);
    } else if (OTHER_FRAMES[marker]) throw new UnsupportedData(`${OTHER_FRAMES[marker]} is not read`);
  }
  if (frame && scans === 0) throw new Error("the JPEG has no scan");
  return { frame, jfif };
}
