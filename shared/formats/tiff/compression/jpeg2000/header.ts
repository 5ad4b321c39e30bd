/** What the SIZ marker of a JPEG 2000 codestream says: ITU-T T.800, A.5.1. */
export interface CodestreamSize {
  readonly width: number;
  readonly height: number;
  readonly tiles: number;
  readonly components: readonly { readonly bits: number; readonly signed: boolean }[];
  /** Components of a lower resolution than the image. */
  readonly subsampled: boolean;
}

const SOC = 0xff4f;
const SIZ = 0xff51;
const JP2_BOXES = 0x6a502020;
const CODESTREAM_BOX = 0x6a703263;

/**
 * Reads the size of the image in a codestream, or in a JP2 file around one, before memory is taken for it. Throws
 * an Error where there is none.
 */
export function readCodestreamSize(bytes: Uint8Array): CodestreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = codestreamStart(view);
  if (start + 40 > view.byteLength || view.getUint16(start) !== SOC || view.getUint16(start + 2) !== SIZ) {
    throw new Error("it is no JPEG 2000 codestream");
  }
  const at = start + 4;
  const long = (offset: number): number => view.getUint32(at + offset);
  const [right, bottom, left, top] = [long(4), long(8), long(12), long(16)];
  const [tileWidth, tileHeight, tileLeft, tileTop] = [long(20), long(24), long(28), long(32)];
  const count = view.getUint16(at + 36);
  if (at + 38 + 3 * count > view.byteLength || tileWidth === 0 || tileHeight === 0) {
    throw new Error("the size of the JPEG 2000 image is damaged");
  }
  const components = Array.from({ length: count }, (_, i) => {
    const depth = view.getUint8(at + 38 + 3 * i);
    return { bits: (depth & 0x7f) + 1, signed: depth > 0x7f };
  });
  const sampling = Array.from({ length: 2 * count }, (_, i) =>
    view.getUint8(at + 39 + 3 * (i >> 1) + (i & 1)),
  );
  return {
    width: right - left,
    height: bottom - top,
    tiles: Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight),
    components,
    subsampled: sampling.some((step) => step !== 1),
  };
}

function codestreamStart(view: DataView): number {
  if (view.byteLength < 12 || view.getUint32(4) !== JP2_BOXES) return 0;
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === CODESTREAM_BOX) return at + 8;
    if (length < 8) break;
    at += length;
  }
  throw new Error("the JP2 file has no codestream");
}
