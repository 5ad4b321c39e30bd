import { sizeOf, stridesOf } from "../../block/block.ts";
import type { Constant } from "../../block/boundary.ts";
import { type DType, isFloat, itemSize } from "../../block/dtype.ts";
import { gather } from "../../block/extend.ts";
import type { Region } from "../../block/region.ts";
import { castBlock, castInto, dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { RegionFacts, RegionOp } from "./region-op.ts";
import { kindOf, type ResampleArgs, resampling } from "./resample-args.ts";
import { tapRange } from "./resample-box.ts";
import { ResampleTables, tableBytes } from "./resample-tables.ts";

/**
 * Elements at other places, by splines between those there are. Sums are in double precision, integers are rounded. Equals
 * scipy.ndimage.zoom and affine_transform; an axis that is left alone takes no part.
 */
export const resampleOp: RegionOp = {
  name: "resample",
  boxes: (args, region, facts) => [boxOf(resampling(args), region, facts)],
  scratchBytes(args, region, [box], facts) {
    const spec = resampling(args);
    const input = facts.inputs[0]!.dtype;
    if (copies(spec, facts)) return tableBytes(spec, region.shape, box!.shape, facts);
    return (
      tableBytes(spec, region.shape, box!.shape, facts) +
      (input === "float16" ? aligned(sizeOf(box!.shape) * 4) : 0)
    );
  },
  costPerElement(args, facts) {
    const spec = resampling(args);
    const moving = facts.shape.filter((_, axis) => kindOf(spec, axis, facts) !== "same").length;
    return 4 + 2 * (spec.order + 1) ** moving;
  },
  run(heap, args, region, [block], [box], facts) {
    const spec = resampling(args);
    const target = heap.alloc(facts.dtype, region.shape);
    if (target.data.length === 0) return target;
    const tables = new ResampleTables(heap, spec, region, box!, facts);
    try {
      if (copies(spec, facts)) copy(block!, target, tables, spec);
      else interpolate(heap, block!, target, tables);
    } finally {
      tables.free();
    }
    return target;
  },
};

/** The nearest element, by each axis for itself: no arithmetic, so 64-bit integers stay whole. */
function copies(spec: ResampleArgs, facts: RegionFacts): boolean {
  return (
    spec.order === 0 &&
    facts.dtype === facts.inputs[0]!.dtype &&
    facts.shape.every((_, axis) => kindOf(spec, axis, facts) !== "mixed")
  );
}

function boxOf(spec: ResampleArgs, region: Region, facts: RegionFacts): Region {
  const { matrix, offset, grid, mode, order } = spec;
  const none = sizeOf(region.shape) === 0;
  const ranges = facts.inputs[0]!.shape.map((n, axis): readonly [number, number] => {
    if (none) return [0, 0];
    const first = region.start[axis]!;
    const last = first + region.shape[axis]! - 1;
    const kind = kindOf(spec, axis, facts);
    if (kind === "same") return [first, last + 1];
    const factor = matrix[axis]![axis]!;
    if (kind === "own") {
      const at = (i: number) => (grid ? (i + 0.5) * factor - 0.5 : i * factor) + offset[axis]!;
      return tapRange(Math.min(at(first), at(last)), Math.max(at(first), at(last)), n, mode, order);
    }
    let [low, high] = [offset[axis]!, offset[axis]!];
    for (const [l, f] of matrix[axis]!.entries()) {
      const ends = [f * region.start[l]!, f * (region.start[l]! + region.shape[l]! - 1)];
      low += Math.min(...ends);
      high += Math.max(...ends);
    }
    // The sums of an element may be rounded otherwise than those of the corners.
    return tapRange(low - 1e-6, high + 1e-6, n, mode, order);
  });
  const empty = ranges.some(([start, stop]) => start >= stop);
  return {
    start: ranges.map(([start]) => (empty ? 0 : start)),
    shape: ranges.map(([start, stop]) => (empty ? 0 : stop - start)),
  };
}

function copy(block: HeapBlock, target: HeapBlock, tables: ResampleTables, spec: ResampleArgs): void {
  const constant = constantFor(target.dtype, spec.cval);
  const maps = target.shape.map((n, axis) => ({
    start: 0,
    stop: n,
    readStart: 0,
    readStop: block.shape[axis]!,
    index: tables.indices(axis),
    constant,
  }));
  if (block.data.length > 0) gather(block, target, maps);
  else
    (target.data as Uint8Array).fill(
      (itemSize(target.dtype) === 8 && !isFloat(target.dtype) ? BigInt(constant) : constant) as number,
    );
}

/** As the other orders store it: integers rounded half away from zero and saturated. */
function constantFor(dtype: DType, cval: Constant): number {
  const value = Number(cval);
  if (dtype === "bool") return Number(value > 0.999999999);
  if (isFloat(dtype)) return value;
  if (Number.isNaN(value)) return 0;
  const rounded = Math.trunc(value > 0 ? value + 0.5 : value - 0.5);
  const bits = itemSize(dtype) * 8;
  const [low, high] = dtype.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return Math.min(Math.max(rounded, low), high);
}

interface ResampleExports {
  resampleStore(dtype: number, row: number, dst: number, width: number): void;
}

function interpolate(heap: Heap, block: HeapBlock, target: HeapBlock, tables: ResampleTables): void {
  // A single element without axes has no other places.
  if (target.shape.length === 0) {
    castInto(heap, block, target);
    return;
  }
  const { resampleStore } = heap.exports as unknown as ResampleExports;
  const source = block.dtype === "float16" ? castBlock(heap, block, "float32") : block;
  const { shape } = target;
  const width = shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const strides = stridesOf(shape.slice(0, -1));
  const code = dtypeCode(target.dtype);
  const rowBytes = width * itemSize(target.dtype);
  for (let row = 0; row < rows; row++) {
    const at = strides.map((stride, axis) => Math.floor(row / stride) % shape[axis]!);
    tables.row(source, at);
    resampleStore(code, tables.rowPtr, target.ptr + row * rowBytes, width);
  }
  if (source !== block) heap.free(source);
}
