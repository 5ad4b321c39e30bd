import { sizeOf } from "../../block/block.ts";
import { allocate, isBigInt, isFloat } from "../../block/dtype.ts";
import { wholeRegion } from "../../block/region.ts";
import { tallyExports } from "../../kernels/tally/exports.ts";
import { type Counts, narrow, percentiles, type Sought, THRESHOLDS } from "../../kernels/tally/index.ts";
import { elementOfKey } from "../../kernels/tally/keys.ts";
import { roundingOf } from "../../kernels/tally/rounding.ts";
import type { ThresholdInput } from "../../kernels/tally/threshold-counts.ts";
import type { TallyStage } from "../../plan/schema.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { writeBlock } from "../write-block.ts";
import { getSought, putSought } from "./tally-sought.ts";
import type { ResolvedCounting } from "./tally-task.ts";

/** Makes of the counts of all elements what the stage is for, and writes it. */
export async function finishTally(
  session: WorkerSession,
  stage: TallyStage,
  resolved: ResolvedCounting,
  counts: Counts,
): Promise<ObjectRecord[]> {
  const result = stage.result!;
  if (result.kind === "narrow") {
    const { sought, nan } = await narrowed(session, stage, resolved, counts);
    return [await putSought(session, result.into, { sought, nan })];
  }
  const { spec } = session.stored(stage.array!);
  const values = await valuesOf(session, stage, resolved, counts);
  const data = allocate(spec.dtype, sizeOf(spec.shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = (isBigInt(spec.dtype) ? BigInt(values[i]!) : values[i]!) as never;
  }
  const block = session.heap.copyIn({ dtype: spec.dtype, shape: spec.shape, data });
  const objects = await writeBlock(session, stage.array!, block, wholeRegion(spec.shape));
  session.heap.free(block);
  return objects;
}

async function narrowed(
  session: WorkerSession,
  stage: TallyStage,
  { counting }: ResolvedCounting,
  counts: Counts,
): Promise<{ sought: Sought[]; nan: number }> {
  const { result } = stage;
  if (counting.kind !== "keys" || stage.counting.kind !== "keys") throw new Error("percentiles count keys");
  if (result?.kind !== "narrow" && result?.kind !== "percentile") throw new Error("nothing is sought");
  const before =
    stage.counting.sought === undefined ? undefined : await getSought(session, stage.counting.sought);
  const sought = before?.sought ?? result.ranks.map((rank) => ({ prefix: 0n, rank }));
  return {
    sought: narrow(sought, counts, counting.bits, counting.prefixes),
    nan: before?.nan ?? counts.nan,
  };
}

async function valuesOf(
  session: WorkerSession,
  stage: TallyStage,
  resolved: ResolvedCounting,
  counts: Counts,
): Promise<ArrayLike<number>> {
  const result = stage.result!;
  switch (result.kind) {
    case "histogram":
      return counts.bins;
    case "edges":
      return edgesOf(resolved);
    case "percentile": {
      const { sought, nan } = await narrowed(session, stage, resolved, counts);
      const { q, method, ranks } = result;
      const keys = sought.map(({ prefix }) => prefix);
      return percentiles(q, sizeOf(stage.inputShape), method, ranks, keys, stage.inputDType, nan);
    }
    case "threshold":
      return [threshold(session, stage, resolved, counts, result.name)];
    case "narrow":
      throw new Error("a narrowed search is no array");
  }
}

function edgesOf({ counting }: ResolvedCounting): Float64Array {
  if (counting.kind !== "uniform") throw new Error("only bins of equal width have edges");
  return counting.edges;
}

function threshold(
  session: WorkerSession,
  stage: TallyStage,
  resolved: ResolvedCounting,
  counts: Counts,
  name: keyof typeof THRESHOLDS,
): number {
  const { inputDType } = stage;
  const { limits } = resolved;
  // an image of one value is its own threshold
  if (limits && limits[0] === limits[1]) return Number(limits[0]);
  return THRESHOLDS[name]({
    ...binsOf(stage, resolved, counts),
    round: inputDType === "float16" ? Math.fround : roundingOf(inputDType),
    log: tallyExports(session.heap).naturalLog,
  });
}

type Bins = Pick<ThresholdInput, "counts" | "centres" | "origin" | "tolerance">;

/** The histogram from the first value to the last, as scikit-image makes it. */
function binsOf({ inputDType }: TallyStage, { counting }: ResolvedCounting, { bins }: Counts): Bins {
  if (counting.kind === "uniform") {
    const own = roundingOf(inputDType);
    const { edges } = counting;
    const centres = Float64Array.from(bins, (_, i) => own(own(edges[i]! + edges[i + 1]!) / 2));
    return { counts: bins, centres, origin: edges[0]!, tolerance: (edges[1]! - edges[0]!) / 2 };
  }
  if (isFloat(inputDType)) return halfBins(bins);
  let first = 0;
  while (first < bins.length - 1 && bins[first] === 0) first++;
  let last = bins.length - 1;
  while (last > first && bins[last] === 0) last--;
  const counts = bins.slice(first, last + 1);
  // of integers of up to 16 bits keys follow each other as the values do
  const origin = first + Number(counting.kind === "values" ? counting.low : elementOfKey(0n, inputDType));
  return { counts, centres: Float64Array.from(counts, (_, i) => origin + i), origin, tolerance: 0.5 };
}

/** One bin for each float16 that occurs and is finite. */
function halfBins(bins: Float64Array): Bins {
  const found = [...bins.entries()]
    .filter(([, count]) => count > 0)
    .map(([key, count]) => ({ count, value: Number(elementOfKey(BigInt(key), "float16")) }))
    .filter(({ value }) => Number.isFinite(value));
  const centres = Float64Array.from(found, ({ value }) => value);
  const apart = centres.slice(1).map((value, i) => value - centres[i]!);
  return {
    counts: Float64Array.from(found, ({ count }) => count),
    centres,
    origin: centres[0] ?? Number.NaN,
    tolerance: apart.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) / 2,
  };
}
