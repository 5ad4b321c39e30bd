/**
 * Typed errors. Every failure that a user can meet carries a stable code, says what was wrong and where,
 * and hints at what to do next; the code decides the exit status of the command line.
 */

/** JSON values, for error details and plans. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What the exit status of a code means: 1 the run failed; 2 the input is wrong, nothing was written; 3 refused. */
export type ExitStatus = 1 | 2 | 3 | 130;

/** Every code, with its exit status. Codes are part of the interface: add, never rename. */
export const ERROR_CODES = {
  // the command, pipeline or input is wrong
  INVALID_ARGUMENT: 2,
  UNKNOWN_KEY: 2,
  UNKNOWN_KERNEL: 2,
  UNKNOWN_STEP: 2,
  INVALID_PIPELINE: 2,
  INVALID_ARGS: 2,
  INVALID_EXPRESSION: 2,
  UNSUPPORTED_DTYPE: 2,
  SHAPE_MISMATCH: 2,
  NOT_FOUND: 2,
  NO_CREDENTIALS: 2,
  ACCESS_DENIED: 2,
  UNSUPPORTED_URI: 2,
  UNSAFE_KEY: 2,
  NOT_ZARR: 2,
  ZARR_METADATA: 2,
  N5_METADATA: 2,
  HDF5_MALFORMED: 2,
  HDF5_UNSUPPORTED: 2,
  ZIP_MALFORMED: 2,
  ZIP_UNSUPPORTED: 2,
  UNSUPPORTED_CODEC: 2,
  UNKNOWN_FORMAT: 2,
  TIFF_TRUNCATED: 2,
  TIFF_MALFORMED: 2,
  TIFF_UNSUPPORTED: 2,
  CZI_TRUNCATED: 2,
  CZI_MALFORMED: 2,
  CZI_UNSUPPORTED: 2,
  READER_NOT_FOUND: 2,
  OME_XML_INVALID: 2,
  RUN_NOT_FOUND: 2,
  RUN_ENDED: 2,
  PLAN_INVALID: 2,
  PLAN_VERSION: 2,
  PLAN_CHANGED: 2,
  UNSUPPORTED_RUNTIME: 2,
  // refused
  OUTPUT_EXISTS: 3,
  OUTPUT_CLAIMED: 3,
  RUN_ACTIVE: 3,
  OVER_MEMORY: 3,
  OVER_COST: 3,
  // the run failed
  CHUNK_DECODE: 1,
  CHUNK_MISSING: 1,
  CHECKSUM_MISMATCH: 1,
  INPUT_CHANGED: 1,
  STORAGE_FAILED: 1,
  STORAGE_FULL: 1,
  READER_FAILED: 1,
  TASK_FAILED: 1,
  WORKER_DIED: 1,
  OUT_OF_TIME: 1,
  RECEIPTS_MISSING: 1,
  RUN_FAILED: 1,
  CANCELLED: 1,
  STACK_NOT_FOUND: 2,
  CDK_NOT_FOUND: 2,
  NOT_BOOTSTRAPPED: 2,
  DEPLOY_FAILED: 1,
  INTERRUPTED: 130,
  INTERNAL: 1,
} as const satisfies Record<string, ExitStatus>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LamellaErrorOptions {
  /** What to do next, one sentence. */
  readonly hint?: string;
  /** Where: file, chunk, key, step, offset. Plain JSON. */
  readonly details?: { readonly [key: string]: Json };
  readonly cause?: unknown;
  /** Where it isn't the code's: what is the command's fault before anything is written is a run's failure afterwards. */
  readonly exitStatus?: ExitStatus;
}

/** The query of a web address, which may be a signature: errors are logged, kept with their run and sent by mail. */
const QUERY = /(https?:\/\/[^\s"'<>?#]+)\?[^\s"'<>#]*[^\s"'<>#,.;:)]/g;

function withoutQueries(text: string): string {
  return text.includes("?") ? text.replace(QUERY, "$1?...") : text;
}

const DEFECT = "This is a defect of Lamella: please report it with the command and --verbose output.";

/** The one error class of Lamella. Match on `code`, never on the message. */
export class LamellaError extends Error {
  override readonly name = "LamellaError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: { readonly [key: string]: Json };
  readonly exitStatus: ExitStatus;

  constructor(code: ErrorCode, message: string, options: LamellaErrorOptions = {}) {
    super(withoutQueries(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    const hint = options.hint ?? (code === "INTERNAL" ? DEFECT : undefined);
    this.hint = hint && withoutQueries(hint);
    this.details = Object.fromEntries(
      Object.entries(options.details ?? {}).map(([name, value]) => [
        name,
        typeof value === "string" ? withoutQueries(value) : value,
      ]),
    );
    this.exitStatus = options.exitStatus ?? ERROR_CODES[code];
  }

  toJSON(): {
    code: ErrorCode;
    message: string;
    hint: string | null;
    details: { readonly [key: string]: Json };
  } {
    return { code: this.code, message: this.message, hint: this.hint ?? null, details: this.details };
  }
}

export function isLamellaError(value: unknown): value is LamellaError {
  return value instanceof LamellaError;
}

/** Any thrown value as a coded error; what has no code of its own becomes INTERNAL. */
export function toLamellaError(value: unknown): LamellaError {
  if (isLamellaError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new LamellaError("INTERNAL", message, { cause: value });
}

/** Rebuilds an error that crossed a worker or a Lambda as JSON. */
export function errorFromJson(json: {
  code: string;
  message: string;
  hint?: string | null;
  details?: unknown;
}): LamellaError {
  const code = json.code in ERROR_CODES ? (json.code as ErrorCode) : "INTERNAL";
  return new LamellaError(code, json.message, {
    ...(json.hint ? { hint: json.hint } : {}),
    details: (json.details ?? {}) as { [key: string]: Json },
  });
}
