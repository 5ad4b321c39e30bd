import type { StoreOptions } from "../../../shared/array/runner.ts";
import type { LazyArray, LazyTable } from "../../../shared/index.ts";
import type { GoldenCase } from "../../support/golden.ts";

/** A level of the pyramid that an array is stored with. */
export interface StoredLevel {
  readonly array: LazyArray;
  readonly options: StoreOptions;
  readonly level: number;
}

/** Columns of a table; several become an array's last axis. */
export interface TableColumns {
  readonly table: LazyTable;
  readonly columns: readonly string[];
}

/** A golden operation by the public interface of Lamella. `params` are the golden index's, in the reference's words. */
export type Operation = (
  inputs: readonly [LazyArray, LazyArray, LazyArray],
  // biome-ignore lint/suspicious/noExplicitAny: each reference's own parameters, as the index holds them
  params: any,
  golden: GoldenCase,
) => LazyArray | StoredLevel | TableColumns;

export type Operations = { readonly [op: string]: Operation };
