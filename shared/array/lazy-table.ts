import type { TypedArray } from "../block/dtype.ts";
import type { Property } from "../kernels/label-table.ts";
import type { MeasureNode } from "./measure.ts";
import { type ComputeOptions, type PlanOptions, runner, type TableStoreOptions } from "./runner.ts";

/** A computed table: its columns by name, in order, one element a row. */
export type ComputedTable = { readonly [column: string]: TypedArray };

/** A table that is not computed yet: what `measure` gives. */
export class LazyTable {
  /** The graph behind it, for those who compile by themselves. */
  readonly node: MeasureNode;

  constructor(node: MeasureNode) {
    this.node = node;
    Object.freeze(this);
  }

  /** What is told of each label, in order. */
  get properties(): readonly Property[] {
    return this.node.properties;
  }

  /** The plan, before a byte is computed. */
  plan(options: PlanOptions = {}) {
    return runner().planTable(this.node, options);
  }

  /** Computes the table into memory: a row for each label, in ascending order. */
  async compute(options: ComputeOptions = {}): Promise<ComputedTable> {
    const columns = await runner().computeTable(this.node, options);
    return Object.fromEntries(columns.map(({ name, data }) => [name, data]));
  }

  /** Computes the table into a CSV file. */
  toCsv(uri: string, options: TableStoreOptions = {}) {
    return runner().storeTable(this.node, uri, "csv", options);
  }

  /** Computes the table into a Parquet file. */
  toParquet(uri: string, options: TableStoreOptions = {}) {
    return runner().storeTable(this.node, uri, "parquet", options);
  }
}
