import { type Block, stridesOf } from "./block.ts";
import { type AxisMap, CONSTANT_INDEX } from "./boundary.ts";
import { copyBox, moveRows } from "./copy.ts";

/** The run of an axis of the target that lies in the source one after another: target elements [from, to) are the source's from `at` on. */
interface Inside {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/**
 * Gathers as `gather` does, where both blocks lie in one memory whose mover copies rows: the box that the source holds is copied,
 * then axis by axis, the last one first, what lies beyond its ends is copied from within the target. False where that can't be
 * done: constants, or elements beyond the ends that the box lacks.
 */
export function gatherInMemory(source: Block, target: Block, maps: readonly AxisMap[]): boolean {
  const mover = target.mover;
  if (mover === undefined || source.mover !== mover || maps.length === 0) return false;
  const insides: Inside[] = [];
  for (const [axis, map] of maps.entries()) {
    const inside = insideOf(map, target.shape[axis]!);
    if (!inside) return false;
    insides.push(inside);
  }
  const sizes = insides.map(({ from, to }) => to - from);
  copyBox(
    source,
    insides.map(({ at }) => at),
    target,
    insides.map(({ from }) => from),
    sizes,
  );
  const strides = stridesOf(target.shape);
  const { data } = target;
  for (let axis = maps.length - 1; axis >= 0; axis--) {
    const { index } = maps[axis]!;
    if (!index) continue;
    const { from, to, at } = insides[axis]!;
    const step = strides[axis]!;
    // The axes before are still bare, those after are extended already.
    const outside = sizes.slice(0, axis);
    const start = outside.reduce((sum, _, before) => sum + insides[before]!.from * strides[before]!, 0);
    for (let i = 0; i < index.length; i++) {
      if (i === from) i = to;
      if (i >= index.length) break;
      const stands = from + index[i]! - at;
      moveRows(
        mover,
        { data, at: start + stands * step, strides },
        { data, at: start + i * step, strides },
        outside,
        step,
      );
    }
  }
  return true;
}

/** The longest run of an axis, where it holds all that stands beyond it too. */
function insideOf({ index }: AxisMap, n: number): Inside | undefined {
  if (!index) return { from: 0, to: n, at: 0 };
  if (index.includes(CONSTANT_INDEX)) return undefined;
  let longest: Inside = { from: 0, to: 0, at: 0 };
  for (let from = 0, to = 0; from < n; from = to) {
    to = from + 1;
    while (to < n && index[to] === index[from]! + (to - from)) to++;
    if (to - from > longest.to - longest.from) longest = { from, to, at: index[from]! };
  }
  const { from, to, at } = longest;
  for (const stands of index) if (stands < at || stands >= at + to - from) return undefined;
  return longest;
}
