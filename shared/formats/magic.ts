/** A format as its first bytes tell it. */
export interface Recognised {
  readonly format: "tiff" | "ome-xml" | "czi" | "hdf5" | "other";
  /** What to call it: "TIFF", "Zeiss CZI". */
  readonly name: string;
  /** What to do with a format that isn't read. */
  readonly hint?: string;
}

/** The way out for what is read by Bio-Formats alone. */
export const BIO_FORMATS =
  "Let Bio-Formats read it: lamella convert --reader bioformats; or first convert it: bfconvert IN OUT.ome.tif.";

type Row = readonly [name: string, bytes: readonly number[], at?: number, hint?: string];

/** Formats by their first bytes, the longer and surer ones first. */
const OTHERS: readonly Row[] = [
  ["Nikon ND2", [0xda, 0xce, 0xbe, 0x0a]],
  ["JPEG 2000, or an old Nikon ND2", [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]],
  ["JPEG 2000", [0xff, 0x4f, 0xff, 0x51]],
  ["JPEG XR", [0x49, 0x49, 0xbc]],
  ["Leica LIF", [0x70, 0, 0, 0]],
  ["Leica LEI", ascii("IIII")],
  ["an OLE compound file (Olympus OIB, Zeiss ZVI, ...)", [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ["Olympus OIF", [0xff, 0xfe, ...wide("[FileInformation]")]],
  ["Olympus OIF", [0xff, 0xfe, ...wide("[ProfileSaveInfo]")]],
  ["Olympus ETS (pixels of a VSI)", ascii("SIS\0")],
  ["SlideBook", [0x6c, 0, 0, 1]],
  ["SlideBook", [0x6c, 0, 0, 2]],
  ["SlideBook", [0xf5, 0x01, 0x02, 0x01]],
  ["Imspector OBF", ascii("OMAS_BF_")],
  ["Gatan DM3", [0, 0, 0, 3]],
  ["Gatan DM4", [0, 0, 0, 4]],
  ["FEI SER", [0x49, 0x49, 0x97, 0x01]],
  ["Andor SIF", ascii("Andor Technology")],
  ["Hamamatsu DCIMG", ascii("DCIMG")],
  ["Hamamatsu VMS", ascii("[Virtual Microscope Specimen]")],
  ["ICS", ascii("\t\nics_version")],
  ["ICS", ascii("ics_version")],
  ["DeltaVision", [0xa0, 0xc0], 96],
  ["DeltaVision", [0xc0, 0xa0], 96],
  ["MRC", ascii("MAP "), 208],
  ["NIfTI", ascii("n+1\0"), 344],
  ["NIfTI", ascii("ni1\0"), 344],
  ["NIfTI-2", ascii("n+2\0"), 4],
  ["Analyze 7.5", [0x5c, 1, 0, 0]],
  ["DICOM", ascii("DICM"), 128],
  ["FITS", ascii("SIMPLE  =")],
  ["NRRD", ascii("NRRD")],
  ["Bio-Rad PIC", [0x39, 0x30], 54],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG", [0xff, 0xd8, 0xff]],
  ["GIF", ascii("GIF8")],
  ["Photoshop PSD", ascii("8BPS")],
  ["WebP", ascii("WEBP"), 8],
  ["AVI", ascii("AVI "), 8],
  ["QuickTime or MPEG-4", ascii("ftyp"), 4],
  ["BMP", ascii("BM")],
  ["a zip archive", [0x50, 0x4b, 3, 4], 0, "Unpack it first."],
  ["gzip", [0x1f, 0x8b], 0, "Unpack it first."],
  ["a NumPy array", [0x93, ...ascii("NUMPY")], 0, "Save it as Zarr, or with tifffile as OME-TIFF."],
  ["Zarr metadata", ascii("{"), 0, "Name the Zarr's folder, not a file in it."],
];

/** Formats whose bytes are those of another, by the end of their name. */
const BY_NAME: readonly (readonly [name: string, suffix: RegExp, as: string])[] = [
  ["Olympus VSI, whose pixels lie in .ets files beside it", /\.vsi$/i, "TIFF"],
  ["Olympus OIB", /\.oib$/i, "OLE"],
  ["Zeiss ZVI", /\.zvi$/i, "OLE"],
  ["Hamamatsu CXD", /\.cxd$/i, "OLE"],
  ["Image-Pro IPW", /\.ipw$/i, "OLE"],
  ["Imaris", /\.ims$/i, "HDF5"],
];

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Bytes of a file that `recognise` looks at. */
export const MAGIC_BYTES = 512;

/**
 * What a file is, by its first `MAGIC_BYTES` bytes; undefined where nothing fits. Its name counts only where several
 * formats have the same bytes.
 */
export function recognise(head: Uint8Array, fileName = ""): Recognised | undefined {
  const found = byBytes(head);
  if (!found) return undefined;
  const kind = found.name.startsWith("an OLE") ? "OLE" : found.name.replace(/ .*/, "");
  const [name] = BY_NAME.find(([, suffix, as]) => as === kind && suffix.test(fileName)) ?? [];
  if (name === undefined) return found;
  return kind === "HDF5" ? { ...found, name } : { format: "other", name, hint: BIO_FORMATS };
}

function byBytes(head: Uint8Array): Recognised | undefined {
  const order = head[0] === 0x49 && head[1] === 0x49 ? 0 : head[0] === 0x4d && head[1] === 0x4d ? 1 : -1;
  if (order >= 0 && head.length >= 4) {
    const magic = head[2 + order]!;
    if ((magic === 42 || magic === 43) && head[3 - order] === 0) return { format: "tiff", name: "TIFF" };
  }
  if (HDF5.every((byte, i) => head[i] === byte))
    return { format: "hdf5", name: "HDF5", hint: "Name a dataset in it behind #, as in volume.h5#/raw." };
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

function wide(text: string): number[] {
  return ascii(text).flatMap((code) => [code, 0]);
}

function ascii(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0));
}
