import { stridesOf } from "../../block/block.ts";

/** Axes of a loop over several arrays, outermost first: a size, and a stride in elements for each array. */
export interface Loop {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/**
 * The loop over `shape` that reads arrays broadcast to it, aligned at the last axes, with as few axes as can be: those of
 * size 1 go, and neighbours that all arrays walk through alike become one. The last stride is 1 or 0.
 */
export function broadcastLoop(shape: readonly number[], inputs: readonly (readonly number[])[]): Loop {
  const walks = inputs.map((input) => {
    const own = stridesOf(input);
    const missing = shape.length - input.length;
    return shape.map((_, axis) => (axis < missing || input[axis - missing] === 1 ? 0 : own[axis - missing]!));
  });
  const sizes: number[] = [];
  const strides: number[][] = inputs.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const inner = sizes[0];
    const joins = inner !== undefined && walks.every((walk, k) => walk[axis] === strides[k]![0]! * inner);
    if (joins) sizes[0] = inner * size;
    else {
      sizes.unshift(size);
      for (const [k, walk] of walks.entries()) strides[k]!.unshift(walk[axis]!);
    }
  }
  return { sizes, strides };
}

/** Calls `row` for each position of all axes but the last, with the element that each array is at; order is C. */
export function forEachRow(loop: Loop, row: (index: number, at: readonly number[]) => void): void {
  const outer = loop.sizes.slice(0, -1);
  const position = outer.map(() => 0);
  const at = loop.strides.map(() => 0);
  let rows = 1;
  for (const size of outer) rows *= size;
  for (let index = 0; index < rows; index++) {
    row(index, at);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      position[axis]!++;
      const back = position[axis] === outer[axis];
      for (const [k, strides] of loop.strides.entries()) {
        at[k]! += strides[axis]! * (back ? 1 - outer[axis]! : 1);
      }
      if (!back) break;
      position[axis] = 0;
    }
  }
}
