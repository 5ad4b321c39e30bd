import { parseXml, type XmlElement } from "./xml.ts";

/** A plate of OME-XML: wells with their samples (fields of view), each an Image. */
export interface OmePlate {
  readonly name?: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly acquisitions: readonly { readonly name: string; readonly maximumFieldCount?: number }[];
  readonly wells: readonly OmeWell[];
}

export interface OmeWell {
  readonly row: number;
  readonly column: number;
  readonly samples: readonly OmeWellSample[];
}

export interface OmeWellSample {
  /** ID of the Image. */
  readonly image: string;
  /** Index among the plate's acquisitions. */
  readonly acquisition?: number;
}

/** Rows and columns that any plate has, at most; and characters of a name that OME-NGFF takes. */
const MOST = 1000;

/**
 * The plates of OME-XML, of schemas since 2008, without wells that have no image. Rows go by letters and columns by numbers
 * unless a plate says otherwise. Throws OME_XML_INVALID. Source: OME schema, "Plate".
 */
export function readOmePlates(text: string, where: string): OmePlate[] {
  if (!/<(?:[\w.-]+:)?Plate[\s>]/.test(text)) return [];
  return parseXml(text, where)
    .children("Plate")
    .flatMap((plate) => plateOf(plate) ?? []);
}

function plateOf(plate: XmlElement): OmePlate | undefined {
  const acquisitions = plate.children("PlateAcquisition");
  const acquisitionOf = new Map(
    acquisitions.flatMap((acquisition, i) =>
      acquisition.children("WellSampleRef").map((ref) => [ref.attribute("ID") ?? "", i] as const),
    ),
  );
  const wells: OmeWell[] = [];
  for (const well of plate.children("Well")) {
    const [row, column] = [position(well, "Row"), position(well, "Column")];
    if (row === undefined || column === undefined) return undefined;
    const samples = well.children("WellSample").flatMap((sample): OmeWellSample[] => {
      const image = sample.children("ImageRef")[0]?.attribute("ID");
      const acquisition = acquisitionOf.get(sample.attribute("ID") ?? "");
      return image === undefined ? [] : [{ image, ...(acquisition === undefined ? {} : { acquisition }) }];
    });
    if (samples.length > 0) wells.push({ row, column, samples });
  }
  if (wells.length === 0) return undefined;
  const name = plate.attribute("Name");
  const count = (key: string, used: number) => Math.max(position(plate, key) ?? 0, used + 1);
  return {
    ...(name ? { name } : {}),
    rows: names(count("Rows", maximum(wells, "row")), plate.attribute("RowNamingConvention") ?? "letter"),
    columns: names(
      count("Columns", maximum(wells, "column")),
      plate.attribute("ColumnNamingConvention") ?? "number",
    ),
    acquisitions: acquisitions.map((acquisition, i) => {
      const most = position(acquisition, "MaximumFieldCount");
      return {
        name: acquisition.attribute("Name") || acquisition.attribute("ID") || String(i),
        ...(most ? { maximumFieldCount: most } : {}),
      };
    }),
    wells,
  };
}

function maximum(wells: readonly OmeWell[], key: "row" | "column"): number {
  return wells.reduce((most, well) => Math.max(most, well[key]), 0);
}

function position(element: XmlElement, name: string): number | undefined {
  const value = Number(element.attribute(name) ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 && value <= MOST ? value : undefined;
}

/** A, B, ..., Z, AA, ...; or 1, 2, ... */
function names(count: number, convention: string): string[] {
  return Array.from({ length: count }, (_, i) => (convention === "letter" ? letters(i) : String(i + 1)));
}

function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
