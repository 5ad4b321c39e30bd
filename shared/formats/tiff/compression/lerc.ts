import { inflateSync, zstdDecompressSync } from "node:zlib";
import { bytesOf, itemSize, viewOf } from "../../../block/dtype.ts";
import { samplesPerSegment } from "../page.ts";
import { type SegmentCodec, type SegmentInfo, UnsupportedData } from "./codec.ts";

/** LERC, Esri's limited error raster compression, by geotiff's decoder; what surrounds it is bounded here. */
export const lerc: SegmentCodec = {
  name: "LERC",
  codes: [34887],
  // A tile of one value is a header alone.
  maxRatio: 65536,
  pixels: true,
  refuse({ bits, dtype, lercCompression = 0 }) {
    if (bits !== itemSize(dtype) * 8) return `LERC of ${bits} bits is not read`;
    return lercCompression <= 2 ? undefined : `LERC within compression ${lercCompression} is not read`;
  },
  async decode(bytes, info) {
    const { layout, expected } = info;
    const blob = unwrap(bytes, info);
    checkHeader(blob, info);
    // Loaded when a file needs it: few do.
    const { getDecoder } = await import("geotiff");
    const decoder = await getDecoder(34887, {
      tileWidth: info.columns,
      tileHeight: info.rows,
      predictor: 1,
      bitsPerSample: layout.bits,
      planarConfiguration: layout.planar ? 2 : 1,
      // geotiff's name for the tag's values: version, and no further compression.
      ...{ LercParameters: [4, 0] },
    });
    let decoded: Uint8Array;
    try {
      decoded = new Uint8Array(await decoder.decode(new Uint8Array(blob).buffer));
    } catch (error) {
      // The decoder that geotiff brings calls a method that there isn't where offsets of blocks take 32 bits.
      if (/getUInt32/.test(String(error))) throw new UnsupportedData("LERC with wide offsets is not read");
      throw error;
    }
    if (decoded.length < expected) throw new Error(`it gives ${decoded.length} bytes, not ${expected}`);
    return bytesOf(viewOf(layout.dtype, decoded.buffer, 0, expected / itemSize(layout.dtype)));
  },
};

function unwrap(bytes: Uint8Array, { layout, limit }: SegmentInfo): Uint8Array {
  // Incompressible tiles are stored with a mask and a header of their own.
  const options = { maxOutputLength: limit * 2 + 1024 };
  if (layout.lercCompression === 1) return inflateSync(bytes, options);
  return layout.lercCompression === 2 ? zstdDecompressSync(bytes, options) : bytes;
}

/** The size that the data claim, before a decoder takes their word: Lerc2's header, all little-endian. */
function checkHeader(blob: Uint8Array, info: SegmentInfo): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 26 || Buffer.from(blob.subarray(0, 6)).toString("latin1") !== "Lerc2 ") {
    throw new Error("it is no Lerc2 data");
  }
  const version = view.getInt32(6, true);
  const at = version >= 3 ? 14 : 10;
  const [rows, columns] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  const depth = version >= 4 ? view.getInt32(at + 8, true) : 1;
  const samples = samplesPerSegment(info.layout);
  if (version > 6 || rows !== info.rows || columns !== info.columns || depth !== samples) {
    throw new Error(`it is ${columns} x ${rows} x ${depth}, not ${info.columns} x ${info.rows} x ${samples}`);
  }
}
