import { LamellaError } from "../../errors.ts";
import { type Attributes, isRecord, type NgffVersion, omeOf, versioned } from "./attributes.ts";

/** A plate's metadata, as far as it makes sense. */
export interface NgffPlate {
  readonly name?: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Path relative to the plate, and position among rows and columns. */
  readonly wells: readonly {
    readonly path: string;
    readonly rowIndex: number;
    readonly columnIndex: number;
  }[];
  readonly acquisitions?: readonly {
    readonly id: number;
    readonly name?: string;
    readonly maximumfieldcount?: number;
  }[];
  readonly fieldCount?: number;
}

/** A field of view of a well: the path of its image relative to the well. */
export interface WellImage {
  readonly path: string;
  readonly acquisition?: number;
}

export function isPlate(attributes: unknown): boolean {
  return isRecord(omeOf(attributes)["plate"]);
}

export function isWell(attributes: unknown): boolean {
  return isRecord(omeOf(attributes)["well"]);
}

/**
 * Reads a plate's attributes, of any version. 0.1 has wells without indices: they follow from the paths. `label` names the
 * group in errors. Throws ZARR_METADATA. Source: OME-NGFF 0.4 and 0.5, "plate".
 */
export function readPlate(attributes: unknown, label: string): NgffPlate {
  const plate = omeOf(attributes)["plate"];
  if (!isRecord(plate)) throw invalid(label, "it has no plate");
  const rows = names(plate["rows"], "rows", label);
  const columns = names(plate["columns"], "columns", label);
  if (!Array.isArray(plate["wells"])) throw invalid(label, "plate.wells is no list");
  const wells = plate["wells"].map((well: unknown, i) => {
    const path = isRecord(well) ? well["path"] : undefined;
    if (typeof path !== "string") throw invalid(label, `plate.wells[${i}] has no path`);
    const { rowIndex, columnIndex } = well as { rowIndex?: unknown; columnIndex?: unknown };
    const [row, column] = path.split("/");
    return {
      path,
      rowIndex: typeof rowIndex === "number" ? rowIndex : rows.indexOf(row ?? ""),
      columnIndex: typeof columnIndex === "number" ? columnIndex : columns.indexOf(column ?? ""),
    };
  });
  const { name, field_count: fieldCount } = plate as { name?: unknown; field_count?: unknown };
  const acquisitions = Array.isArray(plate["acquisitions"])
    ? plate["acquisitions"].flatMap(acquisitionOf)
    : [];
  return {
    ...(typeof name === "string" ? { name } : {}),
    rows,
    columns,
    wells,
    ...(acquisitions.length > 0 ? { acquisitions } : {}),
    ...(typeof fieldCount === "number" ? { fieldCount } : {}),
  };
}

/** The images of a well; empty where the attributes are of no well. Throws ZARR_METADATA. */
export function readWellImages(attributes: unknown, label: string): WellImage[] {
  const well = omeOf(attributes)["well"];
  if (!isRecord(well)) return [];
  if (!Array.isArray(well["images"])) throw invalid(label, "well.images is no list");
  return well["images"].map((image: unknown, i) => {
    const path = isRecord(image) ? image["path"] : undefined;
    if (typeof path !== "string") throw invalid(label, `well.images[${i}] has no path`);
    const { acquisition } = image as { acquisition?: unknown };
    return { path, ...(typeof acquisition === "number" ? { acquisition } : {}) };
  });
}

/** The attributes of a plate's group. Source: OME-NGFF 0.4 and 0.5, "plate". */
export function plateAttributes(version: NgffVersion, plate: NgffPlate): Attributes {
  const { name, rows, columns, wells, acquisitions, fieldCount } = plate;
  return versioned(version, {
    plate: {
      ...(version === "0.4" ? { version } : {}),
      ...(name === undefined ? {} : { name }),
      rows: rows.map((row) => ({ name: row })),
      columns: columns.map((column) => ({ name: column })),
      wells: wells.map(({ path, rowIndex, columnIndex }) => ({ path, rowIndex, columnIndex })),
      ...(acquisitions ? { acquisitions: acquisitions.map((acquisition) => ({ ...acquisition })) } : {}),
      ...(fieldCount === undefined ? {} : { field_count: fieldCount }),
    },
  });
}

/** The attributes of a well's group. Source: OME-NGFF 0.4 and 0.5, "well". */
export function wellAttributes(version: NgffVersion, images: readonly WellImage[]): Attributes {
  return versioned(version, {
    well: { ...(version === "0.4" ? { version } : {}), images: images.map((image) => ({ ...image })) },
  });
}

function names(value: unknown, key: string, label: string): string[] {
  if (!Array.isArray(value)) throw invalid(label, `plate.${key} is no list`);
  return value.map((item: unknown, i) => {
    const name = isRecord(item) ? item["name"] : undefined;
    if (typeof name !== "string") throw invalid(label, `plate.${key}[${i}] has no name`);
    return name;
  });
}

function acquisitionOf(value: unknown): NonNullable<NgffPlate["acquisitions"]>[number][] {
  if (!isRecord(value) || typeof value["id"] !== "number") return [];
  const { id, name, maximumfieldcount } = value as {
    id: number;
    name?: unknown;
    maximumfieldcount?: unknown;
  };
  return [
    {
      id,
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof maximumfieldcount === "number" ? { maximumfieldcount } : {}),
    },
  ];
}

function invalid(label: string, problem: string): LamellaError {
  return new LamellaError("ZARR_METADATA", `The OME-NGFF metadata of ${label} can't be read: ${problem}`, {
    hint: "`lamella validate` says what is wrong; or name an image in it after #.",
    details: { uri: label },
  });
}
