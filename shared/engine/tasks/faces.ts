import { sizeOf, stridesOf } from "../../block/block.ts";

/** Which of a block's two faces along an axis: its first plane or its last. */
export type Side = "low" | "high";

/** Copies the elements of a face into `plane`, in C order of the remaining axes. */
export function copyFace(
  labels: Uint32Array,
  shape: readonly number[],
  axis: number,
  side: Side,
  plane: Uint32Array,
): void {
  const strides = stridesOf(shape);
  const inner = strides[axis]!;
  const length = shape[axis]!;
  const outer = sizeOf(shape) / Math.max(1, inner * length);
  const at = side === "low" ? 0 : length - 1;
  for (let o = 0; o < outer; o++) {
    const from = (o * length + at) * inner;
    plane.set(labels.subarray(from, from + inner), o * inner);
  }
}

/** The elements of a face. */
export function facePlane(
  labels: Uint32Array,
  shape: readonly number[],
  axis: number,
  side: Side,
): Uint32Array<ArrayBuffer> {
  const plane = new Uint32Array(sizeOf(shape) / Math.max(1, shape[axis]!));
  copyFace(labels, shape, axis, side, plane);
  return plane;
}

/** Faces of a block in the order in which they are stored: for each of `axes` that is true low, then high. */
export function faceLayout(
  shape: readonly number[],
  axes: readonly boolean[],
): { axis: number; side: Side; offset: number; length: number }[] {
  const layout: { axis: number; side: Side; offset: number; length: number }[] = [];
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (!axes[axis]) continue;
    const length = sizeOf(shape) / Math.max(1, shape[axis]!);
    for (const side of ["low", "high"] as const) {
      layout.push({ axis, side, offset, length });
      offset += length;
    }
  }
  return layout;
}

/** Offsets within a face to the elements that touch across it: all zero, or up to connectivity - 1 connected axes by one. */
export function faceOffsets(
  rank: number,
  axis: number,
  connected: readonly boolean[],
  connectivity: number,
): number[][] {
  let offsets: number[][] = [new Array<number>(rank).fill(0)];
  for (let other = 0; other < rank; other++) {
    if (other === axis || !connected[other]) continue;
    offsets = offsets.flatMap((offset) =>
      [-1, 0, 1].map((step) => {
        const next = offset.slice();
        next[other] = step;
        return next;
      }),
    );
  }
  return offsets.filter((offset) => offset.filter((n) => n !== 0).length <= connectivity - 1);
}
