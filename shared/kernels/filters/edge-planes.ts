import { sizeOf } from "../../block/block.ts";
import { type Boundary, mapIndex } from "../../block/boundary.ts";
import { type DType, itemSize } from "../../block/dtype.ts";
import { dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { isDouble } from "./combine.ts";

interface EdgePlanesExports {
  edgePlanes(
    dtype: number,
    double: boolean,
    src: number,
    dst: number,
    planes: number,
    rows: number,
    cols: number,
    which: number,
    factor: number,
    centre: number,
    beside: number,
    divisor: number,
    root: number,
    rowEdges: number,
    colEdges: number,
    constant: number,
    smoothConstant: number,
    pitch: number,
    buffer: number,
  ): void;
}

/** What is made of planes of the last two axes. */
export interface EdgePlanes {
  readonly which: "magnitude" | "alongRows" | "alongColumns";
  /** What elements are multiplied by, and then at least -1; 1 leaves them as they are. */
  readonly factor: number;
  readonly smoothing: readonly [centre: number, beside: number];
  /** Of the smoothing, for the magnitude. */
  readonly divisor: number;
  readonly boundary: Exclude<Boundary, "none">;
  /** The boundary of the smoothing, where that is a constant. */
  readonly smoothConstant: number;
}

const WHICH = ["magnitude", "alongRows", "alongColumns"] as const;

/**
 * An edge filter over the last two axes, the same bits as separable passes and their combination, with each element read
 * once.
 */
export function edgePlanes(heap: Heap, input: HeapBlock, output: HeapBlock, edges: EdgePlanes): void {
  const { shape, data } = output;
  if (data.length === 0) return;
  const { edgePlanes: run } = heap.exports as unknown as EdgePlanesExports;
  const [rows, cols] = shape.slice(-2) as [number, number];
  const { boundary, smoothing } = edges;
  const pitch = pitchOf(cols, output.dtype);
  const scratch = heap.allocBytes(edgePlanesScratch(shape, output.dtype));
  const table = new Int32Array(heap.memory.buffer, scratch, 4);
  table.set([rows, cols].flatMap((n) => [mapIndex(-1, n, boundary), mapIndex(n, n, boundary)]));
  run(
    dtypeCode(input.dtype),
    isDouble(output),
    input.ptr,
    output.ptr,
    sizeOf(shape.slice(0, -2)),
    rows,
    cols,
    WHICH.indexOf(edges.which),
    edges.factor,
    ...smoothing,
    edges.divisor,
    Math.SQRT2,
    scratch,
    scratch + 8,
    typeof boundary === "object" ? Number(boundary.constant) : 0,
    edges.smoothConstant,
    pitch,
    scratch + 64,
  );
  heap.freeBytes(scratch);
}

/** Heap bytes that `edgePlanes` needs: seven rows. */
export function edgePlanesScratch(shape: readonly number[], dtype: DType): number {
  return sizeOf(shape) === 0 ? 0 : 64 + 7 * pitchOf(shape.at(-1)!, dtype);
}

function pitchOf(cols: number, dtype: DType): number {
  return aligned((cols + 2) * itemSize(dtype) + 64);
}
