import { LamellaError } from "../errors.ts";
import type { Attributes, NgffVersion } from "../formats/ngff/attributes.ts";
import {
  type NgffPlate,
  plateAttributes,
  readPlate,
  readWellImages,
  type WellImage,
  wellAttributes,
} from "../formats/ngff/plate.ts";
import { type OmePlate, readOmePlates } from "../formats/ome/plate.ts";
import { joinKey } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openZarrGroup, type ZarrGroup } from "../zarr/read.ts";

/** A plate to be written: where each image goes, and what the groups above the images say. */
export interface PlateLayout {
  readonly plate: NgffPlate;
  /** Fields by the path of their well. */
  readonly wells: ReadonlyMap<string, readonly WellImage[]>;
  /** The path of each image of the source, in its order. */
  readonly paths: readonly string[];
}

/** The layout of an OME-Zarr plate, and where its images are now, in the same order. Wells that aren't there are left out. */
export async function plateOfZarr(
  store: ObjectStore,
  group: ZarrGroup,
): Promise<{ readonly layout: PlateLayout; readonly sources: readonly string[] }> {
  const plate = readPlate(group.attributes, group.label);
  const wells = new Map<string, WellImage[]>();
  const paths: string[] = [];
  for (const { path } of plate.wells) {
    const well = await openZarrGroup(store, joinKey(group.path, path)).catch((error: unknown) => {
      if (error instanceof LamellaError && (error.code === "NOT_FOUND" || error.code === "NOT_ZARR"))
        return undefined;
      throw error;
    });
    if (!well) continue;
    const images = readWellImages(well.attributes, well.label);
    wells.set(path, images);
    paths.push(...images.map((image) => joinKey(path, image.path)));
  }
  const strange = paths.find((path, i) => path.split("/").length !== 3 || paths.indexOf(path) < i);
  if (strange !== undefined) {
    throw new LamellaError(
      "ZARR_METADATA",
      `the plate ${group.label} has an image at ${strange}, twice or not at row/column/field`,
      {
        hint: "`lamella validate` says what is wrong; or convert a field at a time, named behind #.",
        details: { uri: store.uri, path: strange },
      },
    );
  }
  const present = { ...plate, wells: plate.wells.filter(({ path }) => wells.has(path)) };
  return {
    layout: { plate: present, wells, paths },
    sources: paths.map((path) => joinKey(group.path, path)),
  };
}

/**
 * The layout that OME-XML gives to the images of a file: where it has one plate, whose wells hold each image once. Undefined
 * otherwise. `images` are the IDs of the OME-XML's Images in the order of the file's series. Throws OME_XML_INVALID.
 */
export function plateOfOme(
  text: string,
  where: string,
  images: readonly (string | undefined)[],
): PlateLayout | undefined {
  const plates = readOmePlates(text, where);
  const [plate] = plates;
  if (!plate || plates.length > 1) return undefined;
  const paths = new Map<string, string>();
  const wells = new Map<string, WellImage[]>();
  for (const { row, column, samples } of plate.wells) {
    const well = `${plate.rows[row]}/${plate.columns[column]}`;
    if (wells.has(well)) return undefined;
    for (const { image } of samples) {
      if (paths.has(image)) return undefined;
    }
    wells.set(
      well,
      samples.map(({ image, acquisition }, i) => {
        paths.set(image, `${well}/${i}`);
        return { path: String(i), ...(acquisition === undefined ? {} : { acquisition }) };
      }),
    );
  }
  const placed = images.map((image) => (image === undefined ? undefined : paths.get(image)));
  if (placed.includes(undefined) || paths.size !== images.length) return undefined;
  return { plate: ngffPlate(plate, wells), wells, paths: placed as string[] };
}

function ngffPlate(plate: OmePlate, wells: ReadonlyMap<string, readonly WellImage[]>): NgffPlate {
  const fields = [...wells.values()];
  const most = (count: (images: readonly WellImage[]) => number) => Math.max(...fields.map(count));
  return {
    name: plate.name ?? "plate",
    rows: plate.rows,
    columns: plate.columns,
    wells: plate.wells.map(({ row, column }) => ({
      path: `${plate.rows[row]}/${plate.columns[column]}`,
      rowIndex: row,
      columnIndex: column,
    })),
    ...(plate.acquisitions.length > 0
      ? {
          acquisitions: plate.acquisitions.map(({ name, maximumFieldCount }, id) => ({
            id,
            name,
            maximumfieldcount:
              maximumFieldCount ??
              Math.max(
                1,
                most((images) => images.filter((image) => image.acquisition === id).length),
              ),
          })),
        }
      : {}),
    fieldCount: most((images) => images.length),
  };
}

/** The groups above a plate's images, from the inside out, and the attributes of the plate's own. */
export function plateGroups(
  version: NgffVersion,
  { plate, wells }: PlateLayout,
): {
  readonly groups: readonly { readonly path: string; readonly attributes: Attributes }[];
  readonly root: Attributes;
} {
  const rows = [...new Set(plate.wells.map(({ path }) => path.split("/")[0]!))];
  return {
    groups: [
      ...[...wells].map(([path, images]) => ({ path, attributes: wellAttributes(version, images) })),
      ...rows.map((path) => ({ path, attributes: {} })),
    ],
    root: plateAttributes(version, plate),
  };
}
