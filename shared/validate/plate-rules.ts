import { at, type Findings, type Place } from "./findings.ts";
import type { SchemaVersion } from "./schemas.ts";

type Fields = { readonly [key: string]: unknown };

/** A plate that the schema has passed. */
export interface Plate {
  readonly rows: readonly { readonly name: string }[];
  readonly columns: readonly { readonly name: string }[];
  readonly wells: readonly {
    readonly path: string;
    readonly rowIndex: number;
    readonly columnIndex: number;
  }[];
  readonly acquisitions?: readonly { readonly id: number; readonly maximumfieldcount?: number }[];
  readonly field_count?: number;
}

/** A well that the schema has passed. */
export interface Well {
  readonly images: readonly { readonly path: string; readonly acquisition?: number }[];
}

/**
 * What the specification asks of a plate and its schema can't say: names and wells that differ, paths that are row/column of
 * their indices. Source: OME-NGFF 0.4 and 0.5, "plate".
 */
export function checkPlateRules(
  findings: Findings,
  fields: Fields,
  version: SchemaVersion,
  place: Place,
): void {
  const plate = fields as unknown as Plate;
  for (const key of ["rows", "columns"] as const) {
    twice(
      plate[key].map((each) => each.name),
      (i, name) => {
        findings.error(
          "PLATE",
          at(place, key, i, "name"),
          `two ${key} are named ${JSON.stringify(name)}`,
          "Give each a name of its own.",
        );
      },
    );
  }
  twice(
    (plate.acquisitions ?? []).map((each) => each.id),
    (i, id) => {
      findings.error(
        "PLATE",
        at(place, "acquisitions", i, "id"),
        `two acquisitions have the id ${id}`,
        "Give each an id of its own.",
      );
    },
  );
  twice(
    plate.wells.map((well) => well.path),
    (i, path) => {
      findings.error(
        "PLATE",
        at(place, "wells", i, "path"),
        `two wells have the path ${JSON.stringify(path)}`,
        "Leave one of them out.",
      );
    },
  );
  for (const [i, well] of plate.wells.entries()) {
    const here = at(place, "wells", i);
    const row = plate.rows[well.rowIndex]?.name;
    const column = plate.columns[well.columnIndex]?.name;
    if (row === undefined) {
      findings.error(
        "PLATE",
        at(here, "rowIndex"),
        `there is no row ${well.rowIndex}: there are ${plate.rows.length}`,
        "Indices count from 0.",
      );
    }
    if (column === undefined) {
      findings.error(
        "PLATE",
        at(here, "columnIndex"),
        `there is no column ${well.columnIndex}: there are ${plate.columns.length}`,
        "Indices count from 0.",
      );
    }
    if (row !== undefined && column !== undefined && well.path !== `${row}/${column}`) {
      // 0.4's own suite holds plates with column/row to be valid.
      findings[version === "0.4" && well.path === `${column}/${row}` ? "warn" : "error"](
        "PLATE",
        at(here, "path"),
        `${JSON.stringify(well.path)} is not "${row}/${column}", row ${well.rowIndex} and column ${well.columnIndex}`,
        "A well's path is the name of its row, a slash and the name of its column.",
      );
    }
    if (findings.isFull) return;
  }
}

/** Images of a well have paths that differ. Source: OME-NGFF 0.4 and 0.5, "well". */
export function checkWellRules(findings: Findings, fields: Fields, place: Place): void {
  const { images } = fields as unknown as Well;
  twice(
    images.map((image) => image.path),
    (i, path) => {
      findings.error(
        "WELL",
        at(place, "images", i, "path"),
        `two images have the path ${JSON.stringify(path)}`,
        "Leave one of them out.",
      );
    },
  );
}

function twice<T>(values: readonly T[], report: (index: number, value: T) => void): void {
  const seen = new Set<T>();
  for (const [i, value] of values.entries()) {
    if (seen.has(value)) report(i, value);
    seen.add(value);
  }
}
