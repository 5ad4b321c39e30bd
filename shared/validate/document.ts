import { isRecord } from "../formats/ngff/attributes.ts";
import { at, type Findings, type Place } from "./findings.ts";
import { checkImageRules } from "./image-rules.ts";
import { checkPlateRules, checkWellRules } from "./plate-rules.ts";
import { reportSchemaErrors } from "./schema-findings.ts";
import type { SchemaName, Schemas, SchemaVersion } from "./schemas.ts";

type Fields = { readonly [key: string]: unknown };

/** What the attributes of a group say it is, of which version. */
export interface Described {
  /** As found; undefined where none is said. */
  readonly version: string | undefined;
  /** The schemas that it is held to; undefined for versions that there are none of. */
  readonly schemas: SchemaVersion | undefined;
  readonly kinds: readonly SchemaName[];
  /** Those of the kinds whose schema the metadata meet, so that they can be relied upon. */
  readonly passed: readonly SchemaName[];
  /** The group `labels/`, which has no schema. */
  readonly isLabelsGroup: boolean;
  /** The metadata, and where in the document it lies. */
  readonly ome: Fields;
  readonly place: Place;
}

export interface CheckOptions {
  /** What the specification recommends counts as an error too. */
  readonly strict: boolean;
}

const KINDS: readonly (readonly [key: string, kind: SchemaName])[] = [
  ["plate", "plate"],
  ["well", "well"],
  ["bioformats2raw.layout", "bf2raw"],
  ["series", "ome"],
  ["multiscales", "image"],
  ["image-label", "label"],
];

/** Reads off attributes (`.zattrs`, or `attributes` of `zarr.json`) what they describe. */
export function describe(attributes: unknown, place: Place): Described {
  const outer = isRecord(attributes) ? attributes : {};
  const isNested = isRecord(outer["ome"]);
  const ome = isNested ? (outer["ome"] as Fields) : outer;
  const version = isNested ? text(ome["version"]) : flatVersion(ome);
  const kinds = KINDS.filter(([key]) => key in ome).map(([, kind]) => kind);
  const known = version === undefined || version === "0.4" || version === "0.5" || !/^0\.\d/.test(version);
  return {
    version: version ?? (isNested ? undefined : kinds.length > 0 ? "0.4" : undefined),
    // An unknown version is what the schema itself finds fault with.
    schemas: known ? (isNested ? "0.5" : "0.4") : undefined,
    kinds,
    passed: [],
    isLabelsGroup: "labels" in ome,
    ome,
    place: isNested ? at(place, "ome") : place,
  };
}

/** Versions up to 0.4 say it in each part. */
function flatVersion(ome: Fields): string | undefined {
  const multiscales = ome["multiscales"];
  const parts = [...(Array.isArray(multiscales) ? multiscales.slice(0, 1) : [])].concat(
    ["plate", "well", "image-label"].map((key) => ome[key]),
  );
  return parts.map((part: unknown) => (isRecord(part) ? text(part["version"]) : undefined)).find(Boolean);
}

/** Beyond this many values in a document only the first error is looked for; beyond the other, none. */
const EXHAUSTIVE = 1e5;
const MOST_VALUES = 2e6;
const DEEPEST = 64;

/** Checks the attributes of one group by themselves: OME-NGFF's schemas, and what they can't say. */
export function checkDocument(
  findings: Findings,
  schemas: Schemas,
  attributes: unknown,
  place: Place,
  options: CheckOptions,
): Described {
  const described = describe(attributes, place);
  const values = countValues(attributes);
  if (values === undefined || values > MOST_VALUES) {
    const what =
      values === undefined ? `nested deeper than ${DEEPEST} levels` : `of more than ${MOST_VALUES} values`;
    findings.error("SCHEMA", place, `it is ${what}`, "No metadata needs that.");
    return { ...described, kinds: [], schemas: undefined };
  }
  const { version, ome, kinds, isLabelsGroup } = described;
  if (described.schemas === undefined) {
    findings.error(
      "VERSION",
      at(described.place, ...("ome" in (isRecord(attributes) ? attributes : {}) ? ["version"] : [])),
      `version ${version} can't be validated`,
      "0.4 and 0.5 are validated: write the image again as one of them.",
    );
    return described;
  }
  if (kinds.length === 0 && !isLabelsGroup) {
    findings.error(
      "NO_METADATA",
      described.place,
      "the group has no OME-NGFF metadata: no multiscales, plate, well, labels or bioformats2raw.layout",
      "Name the group of an image or plate; an array becomes an image with `lamella run`, a file with `lamella convert`.",
    );
    return described;
  }
  const one = values > EXHAUSTIVE;
  const passed: SchemaName[] = [];
  for (const kind of kinds) {
    const errors = schemas.check(described.schemas, kind, attributes, { one });
    reportSchemaErrors(findings, "error", place, errors);
    if (errors.length > 0) continue;
    passed.push(kind);
    if (options.strict || !one) {
      const strict = schemas.check(described.schemas, kind, attributes, { strict: true, one });
      reportSchemaErrors(findings, options.strict ? "error" : "warn", place, strict);
    }
    if (kind === "image") checkImageRules(findings, ome, described.schemas, described.place);
    if (kind === "plate")
      checkPlateRules(findings, ome["plate"] as Fields, described.schemas, at(described.place, "plate"));
    if (kind === "well") checkWellRules(findings, ome["well"] as Fields, at(described.place, "well"));
  }
  return { ...described, passed };
}

/** Values in a document, counted no further than they may be many; undefined where it is nested too deep. */
function countValues(document: unknown): number | undefined {
  let level: object[] = typeof document === "object" && document !== null ? [document] : [];
  let count = 1;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return undefined;
    const below: object[] = [];
    for (const item of level) {
      for (const value of Array.isArray(item) ? item : Object.values(item)) {
        count++;
        if (typeof value === "object" && value !== null) below.push(value);
      }
      if (count > MOST_VALUES) return count;
    }
    level = below;
  }
  return count;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
