import type { TypedArray } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { TableColumn } from "../../kernels/label-table.ts";

/** A table as Parquet: integers as INT32 or INT64, floats as FLOAT or DOUBLE, none of them null. */
export async function encodeParquet(columns: readonly TableColumn[]): Promise<Uint8Array> {
  // Most runs write no tables, and start sooner without the package.
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = columns.map(({ name, data }) => ({
    name,
    ...parquetColumn(name, data),
    nullable: false,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function parquetColumn(name: string, data: TypedArray) {
  if (data instanceof Float64Array) return { type: "DOUBLE" as const, data };
  if (data instanceof Float32Array) return { type: "FLOAT" as const, data };
  if (data instanceof BigInt64Array) return { type: "INT64" as const, data };
  if (data instanceof BigUint64Array) return { type: "INT64" as const, data: signed(name, data) };
  if (data instanceof Uint32Array) return { type: "INT64" as const, data: BigInt64Array.from(data, BigInt) };
  return { type: "INT32" as const, data: Int32Array.from(data as Int16Array) };
}

function signed(name: string, data: BigUint64Array): BigInt64Array {
  if (data.some((value) => value >= 2n ** 63n)) {
    throw new LamellaError(
      "TASK_FAILED",
      `column ${name} has numbers of 2^63 or more, which Parquet's INT64 does not hold`,
      {
        hint: "Write the table as CSV.",
      },
    );
  }
  return BigInt64Array.from(data);
}
