/** A format as its first bytes tell it. */
export interface Recognised {
  readonly format: "tiff" | "ome-xml" | "czi" | "other";
  /** What to call it: "TIFF", "Zeiss CZI". */
  readonly name: string;
  /** What to do with a format that isn't read. */
  readonly hint?: string;
}

const BIO_FORMATS = "Convert it with Bio-Formats first: bfconvert IN OUT.ome.tif.";

const OTHERS: readonly (readonly [name: string, bytes: readonly number[], at?: number, hint?: string])[] = [
  ["HDF5 (Imaris, or another)", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["Nikon ND2", [0xda, 0xce, 0xbe, 0x0a]],
  ["Nikon ND2 (JPEG 2000)", [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]],
  ["Leica LIF", [0x70, 0, 0, 0]],
  ["an OLE compound file (Olympus OIB, Zeiss ZVI, ...)", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ["DeltaVision", [0xa0, 0xc0], 96],
  ["DeltaVision", [0xc0, 0xa0], 96],
  ["MRC", ascii("MAP "), 208],
  ["NIfTI", ascii("n+1\0"), 344],
  ["DICOM", ascii("DICM"), 128],
  ["NRRD", ascii("NRRD")],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG", [0xff, 0xd8, 0xff]],
  ["GIF", ascii("GIF8")],
  ["BMP", ascii("BM")],
  ["a zip archive", [0x50, 0x4b, 3, 4], 0, "Unpack it first."],
  ["gzip", [0x1f, 0x8b], 0, "Unpack it first."],
  ["a NumPy array", [0x93, ...ascii("NUMPY")], 0, "Save it as Zarr, or with tifffile as OME-TIFF."],
  ["Zarr metadata", ascii("{"), 0, "Name the Zarr's folder, not a file in it."],
];

/** Bytes of a file that `recognise` looks at. */
export const MAGIC_BYTES = 512;

/** What a file is, by its first `MAGIC_BYTES` bytes; undefined where nothing fits. */
export function recognise(head: Uint8Array): Recognised | undefined {
  const order = head[0] === 0x49 && head[1] === 0x49 ? 0 : head[0] === 0x4d && head[1] === 0x4d ? 1 : -1;
  if (order >= 0 && head.length >= 4) {
    const magic = head[2 + order]!;
    if ((magic === 42 || magic === 43) && head[3 - order] === 0) return { format: "tiff", name: "TIFF" };
  }
  const text = new TextDecoder("latin1").decode(head);
  if (text.startsWith("ZISRAWFILE")) return { format: "czi", name: "Zeiss CZI" };
  if (/^(?:\u00ef\u00bb\u00bf)?\s*</.test(text) && /<(?:[\w.-]+:)?OME[\s>]/.test(text)) {
    return { format: "ome-xml", name: "OME-XML" };
  }
  for (const [name, bytes, at = 0, hint = BIO_FORMATS] of OTHERS) {
    if (bytes.every((byte, i) => head[at + i] === byte)) return { format: "other", name, hint };
  }
  return undefined;
}

function ascii(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0));
}
