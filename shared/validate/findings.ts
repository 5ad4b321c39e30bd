/** Which rule a finding is about. Stable: scripts may match on it. */
export type FindingCode =
  | "NO_METADATA"
  | "VERSION"
  | "SCHEMA"
  | "AXES"
  | "TRANSFORMATION"
  | "DATASETS"
  | "OMERO"
  | "LEVEL"
  | "RANK"
  | "DTYPE"
  | "DIMENSION_NAMES"
  | "SHAPE"
  | "SCALE"
  | "LABELS"
  | "LABEL_SOURCE"
  | "PLATE"
  | "WELL"
  | "FIELD"
  | "SERIES"
  | "UNREADABLE";

/** One thing that is wrong, or unusual, in an OME-Zarr. */
export interface Finding {
  readonly code: FindingCode;
  /** The metadata document, as a key below the place that is validated: "zarr.json", "0/.zattrs". */
  readonly file: string;
  /** JSON pointer (RFC 6901) into that document; "" is the whole. */
  readonly pointer: string;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

/** A place in the documents of one group; `at` goes down into it. */
export interface Place {
  readonly file: string;
  readonly pointer: string;
}

export function at(place: Place, ...steps: readonly (string | number)[]): Place {
  const tokens = steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return { file: place.file, pointer: place.pointer + tokens.join("") };
}

/** Findings that are kept: nobody reads more, and metadata of others may be wrong a million times. */
const MOST = 1000;

/** Gathers what is wrong (errors) and what is allowed but unwise (warnings). */
export class Findings {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  #dropped = 0;

  error(code: FindingCode, place: Place, message: string, hint: string): void {
    this.#add(this.errors, { code, file: place.file, pointer: place.pointer, message, hint });
  }

  warn(code: FindingCode, place: Place, message: string, hint: string): void {
    this.#add(this.warnings, { code, file: place.file, pointer: place.pointer, message, hint });
  }

  /** Too many errors to go on. */
  get isFull(): boolean {
    return this.errors.length >= MOST;
  }

  get dropped(): number {
    return this.#dropped;
  }

  #add(list: Finding[], finding: Finding): void {
    if (list.length < MOST) list.push(finding);
    else this.#dropped++;
  }
}
