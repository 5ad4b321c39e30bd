import { isSafeKey } from "../../../storage/key.ts";

/** What an upload becomes; all are keys in the data bucket. */
export interface Conversion {
  /** `incoming/NAME.<image suffix>` */
  readonly source: string;
  /** `incoming/NAME.lamella.yaml`, which says how, where there is one. */
  readonly options: string;
  /** `converted/NAME.ome.zarr` */
  readonly output: string;
  /** `converted/NAME.status.json` */
  readonly status: string;
}

/** Suffixes of images that start a conversion, the longer ones first. */
export const SUFFIXES = [
  "ome.tiff",
  "ome.tif",
  "ome.tf2",
  "ome.tf8",
  "ome.btf",
  "tiff",
  "tif",
  "tf2",
  "tf8",
  "btf",
  "lsm",
  "stk",
  "svs",
  "czi",
  "ozx",
  "ome.zarr.zip",
  "zarr.zip",
  "ims",
  "hdf5",
  "h5",
];
/** Hidden files (what macOS leaves beside each copy, for one) are no images. */
const UPLOAD = new RegExp(
  `^incoming/((?:.+/)?[^/.][^/]*?)\\.(?:${SUFFIXES.join("|").replaceAll(".", "\\.")})$`,
  "i",
);

/** The conversion that an object under `incoming/` asks for; undefined where it is no image, or no safe name. */
export function conversionOf(key: string): Conversion | undefined {
  const name = UPLOAD.exec(key)?.[1];
  if (name === undefined || !isSafeKey(key)) return undefined;
  return {
    source: key,
    options: `incoming/${name}.lamella.yaml`,
    output: `converted/${name}.ome.zarr`,
    status: `converted/${name}.status.json`,
  };
}
