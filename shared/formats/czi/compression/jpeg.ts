import { decodeJpeg } from "../../tiff/compression/jpeg/decode.ts";
import { interleave, toRgb } from "../../tiff/compression/jpeg.ts";
import type { TileCodec } from "./codec.ts";

/**
 * A JPEG file. Its components, YCbCr become RGB, are taken for the stored samples, so that colours turn round as those of
 * other compressions do: so do Bio-Formats and czifile.
 */
export const jpeg: TileCodec = {
  name: "JPEG",
  code: 1,
  // A block of 64 pixels takes a bit at least.
  maxRatio: 512 * 3,
  refuse: ({ dtype, samples, name }) =>
    dtype === "uint8" && samples !== 4 ? undefined : `JPEG of ${name} is not read`,
  decode(bytes, { pixelType, rows, columns }) {
    const image = decodeJpeg(bytes, undefined, rows * columns);
    if (image.width !== columns || image.height !== rows || image.samples !== pixelType.samples) {
      throw new Error(
        `it is ${image.width} x ${image.height} x ${image.samples}, not ${columns} x ${rows} x ${pixelType.samples}`,
      );
    }
    return image.samples === 3 ? toRgb(image) : interleave(image);
  },
};
