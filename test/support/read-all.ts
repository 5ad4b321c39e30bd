import { createHash } from "node:crypto";
import { sizeOf, stridesOf } from "../../shared/block/block.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { allocate, bytesOf, type TypedArray } from "../../shared/block/dtype.ts";

/** Every pixel of a source in one array, C order. */
export async function readAll(source: ChunkedSource): Promise<TypedArray> {
  const { shape, chunkShape, dtype } = source;
  const out = allocate(dtype, sizeOf(shape)) as Uint8Array;
  const strides = stridesOf(shape);
  const grid = shape.map((n, axis) => Math.ceil(n / chunkShape[axis]!));
  for (let i = 0; i < sizeOf(grid); i++) {
    const coords = unravel(i, grid);
    const block = await source.readChunk(coords);
    if (!block) continue;
    const start = coords.map((c, axis) => c * chunkShape[axis]!);
    const extent = shape.map((n, axis) => Math.min(block.shape[axis]!, n - start[axis]!));
    const from = stridesOf(block.shape);
    const row = extent.at(-1)!;
    const outer = extent.slice(0, -1);
    for (let j = 0; j < sizeOf(outer); j++) {
      const at = unravel(j, outer);
      const source = at.reduce((sum, n, axis) => sum + n * from[axis]!, 0);
      const target = at.reduce((sum, n, axis) => sum + (n + start[axis]!) * strides[axis]!, start.at(-1)!);
      out.set((block.data as Uint8Array).subarray(source, source + row), target);
    }
  }
  return out;
}

/**
 * The MD5 sum of TCZYX pixels in the order of another program's axes ("YXS", "IYX", "QTZYXC"): S counts samples
 * within C, letters that aren't TCZYXS stand for whichever axis has their length.
 */
export function md5InOrder(
  data: TypedArray,
  shape: readonly number[],
  axes: string,
  lengths: readonly number[],
): string {
  const strides = stridesOf(shape);
  const taken = [1, 1, 1, 1, 1];
  const steps = new Array<number>(axes.length);
  const take = (i: number, axis: number): void => {
    steps[i] = strides[axis]! * taken[axis]!;
    taken[axis] = taken[axis]! * lengths[i]!;
  };
  // Fastest first, so that S comes before C.
  for (const letters of ["S", "TCZYX"]) {
    for (let i = axes.length - 1; i >= 0; i--) {
      const letter = axes[i]!;
      if (letters.includes(letter)) take(i, letter === "S" ? 1 : "TCZYX".indexOf(letter));
    }
  }
  for (let i = axes.length - 1; i >= 0; i--) {
    if ("TCZYXS".includes(axes[i]!)) continue;
    const axis =
      [2, 1, 0].find((a) => (shape[a]! / taken[a]!) % lengths[i]! === 0 && shape[a]! > taken[a]!) ?? 0;
    take(i, axis);
  }
  const same = taken.every((n, axis) => n === shape[axis]);
  if (!same) throw new Error(`${axes} ${lengths.join("x")} is not ${shape.join("x")}`);
  const contiguous = steps.every((step, i) => lengths[i] === 1 || step === stridesOf(lengths)[i]);
  if (contiguous) return createHash("md5").update(bytesOf(data)).digest("hex");
  const out = allocate(dtypeOf(data), data.length) as Uint8Array;
  const last = lengths.length - 1;
  const at = lengths.map(() => 0);
  for (let i = 0, start = 0; i < data.length; ) {
    for (let n = 0, from = start; n < lengths[last]!; n++, from += steps[last]!)
      out[i++] = (data as Uint8Array)[from]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      start += steps[axis]!;
      if (++at[axis]! < lengths[axis]!) break;
      start -= steps[axis]! * lengths[axis]!;
      at[axis] = 0;
    }
  }
  return createHash("md5").update(bytesOf(out)).digest("hex");
}

function dtypeOf(
  data: TypedArray,
): "uint8" | "uint16" | "uint32" | "uint64" | "float16" | "float32" | "float64" {
  if (data instanceof Float16Array) return "float16";
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  return (["uint8", "uint16", "uint32", "uint64"] as const)[Math.log2(data.BYTES_PER_ELEMENT)]!;
}

function unravel(index: number, shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length);
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return out;
}
