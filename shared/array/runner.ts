import type { Block } from "../block/block.ts";
import { LamellaError } from "../errors.ts";
import type { TableColumn } from "../kernels/label-table.ts";
import type { MeasureNode } from "./measure.ts";
import type { ArrayNode } from "./nodes.ts";

/** How a Zarr output is stored, and where it is computed. */
export interface StoreOptions extends PlanOptions, PlaceOptions {
  /** Replace an existing output. */
  readonly overwrite?: boolean;
  /** Chunk shape; -1 is a whole axis, a short list means the last axes. Default: the array's own chunks. */
  readonly chunks?: readonly number[];
  readonly shards?: readonly number[];
  readonly codec?: "blosc" | "zstd" | "gzip" | "none";
  /** OME-NGFF version: 0.4 is Zarr v2, 0.5 (the default) Zarr v3. */
  readonly ngff?: "0.4" | "0.5";
  readonly pyramid?: {
    readonly levels?: number;
    readonly method?: "mean" | "mode" | "nearest" | "max" | "min" | "median";
    readonly factors?: readonly number[];
  };
  /** Where runs are kept. Default: `.lamella` in the current folder, or LAMELLA_RUNS. */
  readonly runs?: string;
  readonly signal?: AbortSignal;
}

/** Where an array is computed, other than by this computer. */
export interface PlaceOptions {
  /**
   * "local", the default; "aws": under the state machine of a deployed stack; "lambda": by invoking its functions from here, which is
   * sooner done for a few hundred tasks. Inputs and outputs must then be where functions reach them.
   */
  readonly on?: "local" | "aws" | "lambda";
  /** The deployed stack; default "Lamella", or LAMELLA_STACK. */
  readonly stack?: string;
}

export interface PlanOptions {
  /** Worker threads; default one a core. */
  readonly workers?: number;
  /** Memory budget of the whole run, MiB. */
  readonly memory?: number;
}

export interface ComputeOptions extends PlanOptions, PlaceOptions {
  readonly signal?: AbortSignal;
}

/** Where a table is computed, and what may be replaced. */
export interface TableStoreOptions extends ComputeOptions {
  /** Replace an existing file. */
  readonly overwrite?: boolean;
  /** Where runs are kept. Default: `.lamella` in the current folder, or LAMELLA_RUNS. */
  readonly runs?: string;
}

/** What carries lazy arrays out. The engine provides it, so that this layer doesn't depend on the engine. */
export interface ArrayRunner {
  plan(node: ArrayNode, options: PlanOptions): Promise<object>;
  compute(node: ArrayNode, options: ComputeOptions): Promise<Block>;
  store(node: ArrayNode, uri: string, options: StoreOptions): Promise<object>;
  planTable(node: MeasureNode, options: PlanOptions): Promise<object>;
  computeTable(node: MeasureNode, options: ComputeOptions): Promise<readonly TableColumn[]>;
  storeTable(
    node: MeasureNode,
    uri: string,
    format: "csv" | "parquet",
    options: TableStoreOptions,
  ): Promise<object>;
}

let provided: ArrayRunner | undefined;

export function provideRunner(runner: ArrayRunner): void {
  provided = runner;
}

export function runner(): ArrayRunner {
  if (provided) return provided;
  throw new LamellaError("INTERNAL", "no engine is loaded", { hint: 'Import from "lamella".' });
}
