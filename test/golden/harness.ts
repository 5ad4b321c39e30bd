import { readFileSync } from "node:fs";
import path from "node:path";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { type ComputedTable, fromZarr, type LazyArray } from "../../shared/index.ts";
import { parseCsv } from "../support/csv.ts";
import { type GoldenCase, goldenBlock } from "../support/golden.ts";
import { asBlock, lazyOf, storeBlock } from "../support/lazy.ts";
import { planOf, run } from "../support/run.ts";
import { randomOf } from "../support/sample-data.ts";
import { type Trace, traced, traceOf } from "../support/traced.ts";
import { OPERATIONS } from "./operations/index.ts";
import type { StoredLevel, TableColumns } from "./operations/operation.ts";

/** One golden operation, set up: its inputs stored as Zarr, and what the operation makes of them. */
export interface Prepared {
  readonly result: LazyArray | StoredLevel | TableColumns;
  readonly trace: Trace;
}

const NAMES = ["a", "b", "c"];
let folders = 0;

/** Stores the inputs in these chunks, and applies the operation. Nothing is computed yet. */
export async function prepare(
  golden: GoldenCase,
  folder: string,
  chunksOf: (shape: readonly number[], of: GoldenCase) => readonly number[],
): Promise<Prepared> {
  const inputs = await Promise.all(
    golden.inputs.map(async (name, i) => {
      const block = goldenBlock(name);
      return traced(await lazyOf(folder, block, chunksOf(block.shape, golden)), inputName(golden, i));
    }),
  );
  const operation = OPERATIONS[golden.op];
  if (!operation) throw new Error(`no operation ${golden.op}`);
  const result = operation(inputs as never, golden.params, golden);
  return {
    result,
    trace: traceOf("table" in result ? result.table : "level" in result ? result.array : result),
  };
}

function inputName(golden: GoldenCase, i: number): string {
  return golden.inputs.length === 1 ? "image" : NAMES[i]!;
}

/** The index's chunks, at the last axes of an input that has fewer; null is one chunk. */
export function indexChunks(shape: readonly number[], { chunks }: GoldenCase): number[] {
  const own = chunks?.slice(-shape.length) ?? shape;
  return shape.map((n, axis) => Math.max(1, Math.min(n, own[axis] ?? n)));
}

/** Other chunks, the same in every run. */
export function otherChunks(shape: readonly number[], { id }: GoldenCase): number[] {
  const random = randomOf([...id].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) % 2 ** 31, 7));
  return shape.map((n) => Math.max(1, Math.ceil(n * (0.3 + 0.7 * random()))));
}

/** By lazy arrays. */
export async function compute({ result }: Prepared, folder: string): Promise<Block> {
  if ("table" in result) return columnsOf(await result.table.compute({ workers: 1 }), result.columns);
  if (!("level" in result)) return asBlock(await result.compute({ workers: 1 }));
  const uri = path.join(folder, `out-${folders++}.zarr`);
  await result.array.toZarr(uri, { ...result.options, workers: 1, runs: path.join(folder, "runs") });
  return readLevel(uri, result.level);
}

/** By a pipeline document: parsed, built, compiled and run. Undefined where the document can't say it. */
export async function computePipeline(
  golden: GoldenCase,
  { result, trace }: Prepared,
  folder: string,
): Promise<Block | undefined> {
  if (trace.steps === undefined) return undefined;
  const base = path.join(folder, `pipeline-${folders++}`);
  const inputs: { [name: string]: object } = {};
  for (const [i, name] of golden.inputs.entries()) {
    const block = goldenBlock(name);
    await storeBlock(path.join(base, `${i}.zarr`), block, indexChunks(block.shape, golden));
    if (trace.inputs.includes(inputName(golden, i))) inputs[inputName(golden, i)] = { zarr: `${i}.zarr` };
  }
  const level = "level" in result ? result : undefined;
  const document = {
    version: 1,
    inputs,
    steps: trace.steps,
    outputs: {
      out: {
        step: trace.name,
        ...("table" in result ? { csv: "out.csv" } : { zarr: "out.zarr" }),
        ...level?.options,
      },
    },
  };
  await run(await planOf(document, base, { budget: { workers: 1 } }), base, { workers: 1 });
  if ("table" in result) return columnsOfCsv(readFileSync(path.join(base, "out.csv"), "utf8"), result);
  const uri = path.join(base, "out.zarr");
  return level ? readLevel(uri, level.level) : asBlock(await (await fromZarr(uri)).compute({ workers: 1 }));
}

async function readLevel(uri: string, level: number): Promise<Block> {
  return asBlock(await (await fromZarr(uri, { component: String(level) })).compute({ workers: 1 }));
}

/** One column as it is, several side by side. */
function columnsOf(table: ComputedTable, names: readonly string[]): Block {
  const columns = names.map((name) => table[name]!);
  const rows = columns[0]!.length;
  const dtype = columns[0] instanceof Float64Array ? "float64" : "float32";
  const block = newBlock(dtype, columns.length === 1 ? [rows] : [rows, columns.length]);
  for (const [c, column] of columns.entries())
    for (let row = 0; row < rows; row++) block.data[row * columns.length + c] = column[row]!;
  return block;
}

function columnsOfCsv(text: string, { columns }: TableColumns): Block {
  const rows = parseCsv(text);
  const column = (name: string) => [name, Float64Array.from(rows, (row) => Number(row[name]))] as const;
  return columnsOf(Object.fromEntries(columns.map(column)), columns);
}
