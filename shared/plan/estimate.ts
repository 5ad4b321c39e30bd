import type { ArraySpec } from "../zarr/spec.ts";
import { chooseBlock } from "./blocks.ts";
import { bufferBytes, objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { DECODE_NANOSECONDS, ENCODE_NANOSECONDS } from "./projection.ts";
import type { PlanArray, Program } from "./schema.ts";
import { layoutOf } from "./traffic.ts";

/** What a pass over an array would take; nothing of it is added to the plan. */
export interface PassEstimate {
  readonly fits: boolean;
  /** Bytes that its smallest task needs. */
  readonly need: number;
  /** One core's time, objects included. */
  readonly seconds: number;
  /** Of the kernels alone: neither decoding nor encoding. */
  readonly computeNanoseconds: number;
  readonly shape: readonly number[];
  readonly block: readonly number[];
  readonly bytesRead: number;
  readonly bytesTaken: number;
}

/** What finding, opening and closing one object costs, seconds: a little more than of a file, a little less than of a request. */
export const OBJECT_SECONDS = 0.0005;

/** Estimates a stage that computes a program and stores its result as `spec`. `arrays` has what the program reads. */
export async function estimatePass(
  builder: PlanBuilder,
  program: Program,
  spec: ArraySpec,
  arrays: { readonly [id: string]: PlanArray } = builder.arrays,
): Promise<PassEstimate> {
  const reads = program.nodes.flatMap((node) => (node.kind === "read" ? [arrays[node.array]!] : []));
  const object = objectShape(spec);
  const whole = object.map((n, axis) => (n >= spec.shape[axis]! ? Number.MAX_SAFE_INTEGER : n));
  const buffers = bufferBytes(reads, [spec]);
  const { block, projection, fits } = await chooseBlock({
    shape: spec.shape,
    objects: [{ shape: whole, factor: spec.shape.map(() => 1) }],
    program,
    writes: [{ array: "" }],
    chunkShapes: (id) => layoutOf(arrays[id]!).chunkShape,
    objectShapes: () => object,
    arrays,
    limit: builder.limit - buffers,
    workers: builder.budget.workers,
  });
  const objects = projection.objectsRead + objectCount(spec);
  const { bytesRead, bytesTaken, nanoseconds } = projection;
  return {
    fits,
    need: projection.heap + buffers,
    seconds: nanoseconds / 1e9 + objects * OBJECT_SECONDS,
    computeNanoseconds: nanoseconds - bytesRead * DECODE_NANOSECONDS - specBytes(spec) * ENCODE_NANOSECONDS,
    shape: spec.shape,
    block,
    bytesRead,
    bytesTaken,
  };
}
