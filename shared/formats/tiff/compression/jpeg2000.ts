import { itemSize } from "../../../block/dtype.ts";
import { samplesPerSegment } from "../page.ts";
import { interleavedToRgb } from "../ycbcr.ts";
import { type SegmentCodec, UnsupportedData } from "./codec.ts";
import { readCodestreamSize } from "./jpeg2000/header.ts";
import { withOpenJpeg } from "./jpeg2000/openjpeg.ts";

const APERIO_YCBCR = 33003;
const YCBCR = 6;
/** Within one segment; writers make one. Each costs the decoder some kilobytes before it is decoded. */
const MAX_TILES = 1024;

/** JPEG 2000, by OpenJPEG: each segment a codestream, or a JP2 file, of its own. */
export const jpeg2000: SegmentCodec = {
  name: "JPEG 2000",
  codes: [APERIO_YCBCR, 33004, 33005, 34712],
  // An empty packet of one bit may leave a whole resolution out.
  maxRatio: 2 ** 16,
  pixels: true,
  refuse(layout) {
    const samples = samplesPerSegment(layout);
    if (layout.sampleFormat === 3 || layout.bits < 2 || layout.bits > 16)
      return `JPEG 2000 of ${layout.bits} bits (${layout.dtype}) is not read`;
    if (layout.dtype === "int8") return "JPEG 2000 of signed 8 bits is not read";
    return samples === 1 || samples === 3 ? undefined : `JPEG 2000 of ${samples} samples a pixel is not read`;
  },
  async decode(bytes, { layout, rows, columns, limit }) {
    const samples = samplesPerSegment(layout);
    const { width, height, tiles, components, subsampled } = readCodestreamSize(bytes);
    const size = itemSize(layout.dtype);
    if (width !== columns || height < rows || components.length !== samples) {
      throw new Error(
        `it is ${width} x ${height} x ${components.length}, not ${columns} x ${rows} x ${samples}`,
      );
    }
    const odd = components.find(({ bits }) => Math.ceil(bits / 8) !== size);
    if (odd) throw new Error(`it has ${odd.bits} bits a sample, not ${layout.bits}`);
    if (subsampled) throw new UnsupportedData("components of a lower resolution are not read");
    if (tiles > MAX_TILES || width * height * samples * size > limit)
      throw new Error(`it is of ${width} x ${height} pixels in ${tiles} tiles`);
    const decoded = await withOpenJpeg((Decoder) => {
      const decoder = new Decoder();
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const out = decoder.getDecodedBuffer().slice();
      decoder.delete();
      return out;
    });
    return layout.compression === APERIO_YCBCR && layout.photometric === YCBCR && samples === 3 && size === 1
      ? interleavedToRgb(decoded)
      : decoded;
  },
};
