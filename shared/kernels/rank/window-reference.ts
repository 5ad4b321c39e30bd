import { type Block, newBlock, stridesOf } from "../../block/block.ts";
import { CONSTANT_INDEX } from "../../block/boundary.ts";
import { type Edge, edgeElement, edgeIndex } from "./edge.ts";
import { forEachPlace, tapsOf, type Window } from "./window.ts";

/** A function of each element's window, whose values come in C order: plain TypeScript, for the tests. */
export function windowReference(
  block: Block,
  window: Window,
  edge: Edge,
  of: (values: (number | bigint)[]) => number | bigint,
): Block {
  const { dtype, shape } = block;
  const result = newBlock(dtype, shape);
  const target = result.data as { [i: number]: number | bigint };
  const strides = stridesOf(shape);
  const taps = tapsOf(window);
  const constant = edgeElement(dtype, edge);
  let at = 0;
  forEachPlace(shape, (place) => {
    const values = taps.map((tap) => {
      let from = 0;
      for (const [axis, p] of tap.entries()) {
        const index = edgeIndex(place[axis]! - window.before[axis]! + p, shape[axis]!, edge);
        if (index === CONSTANT_INDEX) return constant;
        from += index * strides[axis]!;
      }
      return block.data[from]!;
    });
    target[at++] = of(values);
  });
  return result;
}
