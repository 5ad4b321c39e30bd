/**
 * What the page of `lamella view --pipeline FILE` and its server say to each other. Addresses are relative to the server's own
 * (`http://127.0.0.1:PORT/TOKEN/`), so a page at its root fetches "api/pipeline". Errors are `{"error": {"code", "message", "hint",
 * "details"}}` with a status of 4xx or 5xx.
 *
 * | request | answer |
 * | --- | --- |
 * | GET `api/pipeline` | `PreviewDocument`: steps, controls, the revision at work |
 * | POST `api/pipeline/values` `{"values": {"smooth.args.sigma": 2}}` | `PreviewDocument` of a new revision. Controls left out keep their value. What was being computed for earlier revisions is cancelled |
 * | GET `api/pipeline/cost` | `PreviewCost`: what running the whole pipeline with these values takes |
 * | POST `api/pipeline/write` `{"revision": "3"}` | `{"file", "written": ["smooth.args.sigma"]}`: that revision's values are in the file, whose comments stay. 409 INPUT_CHANGED where the file has changed since it was read, or the revision isn't the last |
 * | GET `api/pipeline/events` | server-sent events: `progress` (`PreviewProgress`), `failed` (`PreviewFailure`), `revision` (`{"revision"}`) |
 * | GET `rev/REVISION/STEP.zarr/…` | an OME-Zarr of the step (0.5, Zarr v3): 404 for a chunk that holds the fill value alone, 410 for a revision that is gone |
 *
 * Level 0 of a step is what `run` computes. At coarser levels the steps are applied to the coarser image, with lengths (sigma, size,
 * radius, depth) by its pixels' size: `approximate`. Whole-array results that a step needs (a threshold of the whole, labels) are
 * computed when its first chunk is asked for; the chunk's request waits, and `progress` tells how far it is.
 */
export interface PreviewDocument {
  /** The pipeline's path. */
  readonly file: string;
  readonly revision: string;
  /** Inputs first, then steps in the order of the file. */
  readonly steps: readonly PreviewStep[];
  readonly controls: readonly PreviewControl[];
  /** Whether some control's value isn't that of the file. */
  readonly isChanged: boolean;
  /** Whether values can be written to the file: one on this computer, in YAML or JSON. */
  readonly isWritable: boolean;
}

export interface PreviewStep {
  readonly name: string;
  readonly kind: "input" | "step";
  /** Of steps. */
  readonly op?: string;
  readonly kernel?: string;
  /** The names of the inputs and steps that it reads. */
  readonly reads: readonly string[];
  /** Whether the pipeline stores it. */
  readonly isOutput: boolean;
  /** Integers that name objects. */
  readonly isLabels: boolean;
  /** Where its OME-Zarr is, "rev/3/smooth.zarr"; absent where it is no image: a table, a single number, a histogram. */
  readonly zarr?: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly axes: readonly string[];
  /** Resolutions, the full one first. */
  readonly levels: readonly {
    readonly path: string;
    readonly shape: readonly number[];
    readonly approximate: boolean;
  }[];
  /** Steps whose whole result has to be there before a chunk of this one. */
  readonly needsWhole: readonly string[];
}

/** A number in a step's `args`, or of a whole-array step, which has none, a size or threshold of its own. */
export interface PreviewControl {
  /** STEP.args.NAME, with an index for a number in a list: "smooth.args.sigma.1"; or STEP.NAME. */
  readonly id: string;
  readonly step: string;
  /** "sigma", "sigma[1]". */
  readonly label: string;
  readonly value: number;
  /** What is in the file, or was set on the command line. */
  readonly valueInFile: number;
  /** What a slider spans, and what it moves by. A typed number may lie outside, where the kernel takes it. */
  readonly min: number;
  readonly max: number;
  readonly increment: number;
  readonly isInteger: boolean;
  /** It is the value of this entry of the file's `params`. */
  readonly param?: string;
}

export interface PreviewProgress {
  readonly revision: string;
  /** The step that is computed whole, and of which level. */
  readonly step: string;
  readonly level: number;
  readonly done: number;
  readonly tasks: number;
}

export interface PreviewFailure {
  readonly revision: string;
  readonly step: string;
  readonly level: number;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/** What `lamella plan` says of the whole, at full resolution. */
export interface PreviewCost {
  readonly revision: string;
  readonly stages: number;
  readonly tasks: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** On this computer's kind of core; divided by workers it is about the time. */
  readonly cpuSeconds: number;
  readonly workers: number;
  readonly projectedMiB: number;
  /** On AWS, by list prices: dollars, and no less than so many seconds. */
  readonly aws: { readonly usd: number; readonly seconds: number };
}
