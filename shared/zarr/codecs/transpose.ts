import { sizeOf, stridesOf } from "../../block/block.ts";
import { allocate, type DType, type TypedArray } from "../../block/dtype.ts";

/** Side of the square tiles in which two axes are exchanged: both sides of a tile stay in the cache. */
const TILE = 32;

/** `order` from metadata: Zarr's `transpose`, or v2's "C" and "F", as a permutation; undefined where it changes nothing. */
export function permutationOf(order: readonly number[] | "C" | "F", ndim: number): number[] | undefined {
  const axes = Array.from({ length: ndim }, (_, axis) => axis);
  const permutation = order === "C" ? axes : order === "F" ? axes.toReversed() : [...order];
  return permutation.every((axis, at) => axis === at) ? undefined : permutation;
}

/**
 * Zarr's `transpose` codec, decoding: `data` holds, in C order, the array whose axis i is axis `order[i]` of the
 * result. Returns the elements of an array of `shape`, in C order.
 */
export function untranspose(
  data: TypedArray,
  dtype: DType,
  shape: readonly number[],
  order: readonly number[],
): TypedArray {
  const storedStrides = stridesOf(order.map((axis) => shape[axis]!));
  const strides = new Array<number>(shape.length);
  order.forEach((axis, at) => {
    strides[axis] = storedStrides[at]!;
  });
  const out = allocate(dtype, sizeOf(shape));
  if (out.length === 0) return out;
  gather(asBits(out), asBits(data), shape, strides, order.at(-1)!);
  return out;
}

type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** The same bytes as unsigned integers, so that NaN payloads survive. */
function asBits(data: TypedArray): Bits {
  const { buffer, byteOffset, length } = data;
  switch (data.BYTES_PER_ELEMENT) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return new BigUint64Array(buffer, byteOffset, length);
  }
}

/** Fills `out` (C order) from `data` by strides; `near` is the axis along which `data` is contiguous. */
function gather(
  out: Bits,
  data: Bits,
  shape: readonly number[],
  strides: readonly number[],
  near: number,
): void {
  const last = shape.length - 1;
  const outStrides = stridesOf(shape);
  const outer = shape.map((_, axis) => axis).filter((axis) => axis !== last && axis !== near);
  const rows = near === last ? 1 : shape[near]!;
  const columns = shape[last]!;
  const at = new Array<number>(outer.length).fill(0);
  for (;;) {
    let from = 0;
    let to = 0;
    outer.forEach((axis, i) => {
      from += at[i]! * strides[axis]!;
      to += at[i]! * outStrides[axis]!;
    });
    const toRow = near === last ? 0 : outStrides[near]!;
    exchange(out, to, toRow, data, from, strides[last]!, rows, columns);
    let axis = outer.length - 1;
    while (axis >= 0 && ++at[axis]! === shape[outer[axis]!]!) at[axis--] = 0;
    if (axis < 0) return;
  }
}

/** out[to + r * toRow + c] = data[from + r + c * step], tile by tile. */
function exchange(
  out: Bits,
  to: number,
  toRow: number,
  data: Bits,
  from: number,
  step: number,
  rows: number,
  columns: number,
): void {
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE);
    for (let c0 = 0; c0 < columns; c0 += TILE) {
      const c1 = Math.min(columns, c0 + TILE);
      for (let r = r0; r < r1; r++) {
        const row = to + r * toRow;
        for (let c = c0; c < c1; c++) out[row + c] = data[from + r + c * step]!;
      }
    }
  }
}
