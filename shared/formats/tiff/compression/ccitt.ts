import { samplesPerSegment } from "../page.ts";
import { type CcittOptions, decodeCcitt } from "./ccitt/decode.ts";
import type { SegmentCodec } from "./codec.ts";

const SCHEMES: { readonly [code: number]: Pick<CcittOptions, "scheme" | "align"> } = {
  2: { scheme: "rle", align: 8 },
  3: { scheme: "group3", align: 1 },
  4: { scheme: "group4", align: 1 },
  32771: { scheme: "rle", align: 16 },
};

/** Fax compressions of bilevel images: TIFF 6.0 sections 10 and 11. */
export const ccitt: SegmentCodec = {
  name: "CCITT fax",
  codes: Object.keys(SCHEMES).map(Number),
  // A bit may stand for a row.
  maxRatio: (layout) => Math.ceil(layout.segmentWidth / 8) * 8,
  refuse: (layout) =>
    layout.bits === 1 && samplesPerSegment(layout) === 1
      ? undefined
      : `CCITT compression of ${samplesPerSegment(layout)} samples of ${layout.bits} bits is not read`,
  decode: (bytes, { layout, rows, columns }) =>
    decodeCcitt(bytes, {
      ...SCHEMES[layout.compression]!,
      rows,
      columns,
      twoDimensional: layout.compression === 3 && ((layout.t4Options ?? 0) & 1) === 1,
    }),
};
