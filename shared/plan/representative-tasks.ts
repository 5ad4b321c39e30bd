import { axisMap } from "../block/boundary.ts";
import { blocksMeeting, gridShape } from "../block/chunk-grid.ts";
import { type Region, regionOf } from "../block/region.ts";
import type { Program, TaskGrid } from "./schema.ts";

/** One task of each kind, with how many of that kind there are. */
export function* representativeTasks(
  grid: TaskGrid,
  program: Program,
): Generator<{ region: Region; count: number }> {
  const cells = gridShape(grid.shape, grid.block);
  const perAxis = cells.map((n, axis) => {
    if (n === 1) return [{ at: 0, count: 1 }];
    if (n === 2)
      return [
        { at: 0, count: 1 },
        { at: 1, count: 1 },
      ];
    return [
      { at: 0, count: 1 },
      ...farthest(grid, program, axis, n).map((at, _, all) => ({ at, count: (n - 2) / all.length })),
      { at: n - 1, count: 1 },
    ];
  });
  const pick = perAxis.map(() => 0);
  for (;;) {
    const kinds = pick.map((k, axis) => perAxis[axis]![k]!);
    const start = kinds.map((kind, axis) => kind.at * grid.block[axis]!);
    const stop = start.map((s, axis) => Math.min(s + grid.block[axis]!, grid.shape[axis]!));
    yield { region: regionOf(start, stop), count: kinds.reduce((n, kind) => n * kind.count, 1) };
    let axis = pick.length - 1;
    for (; axis >= 0; axis--) {
      if (++pick[axis]! < perAxis[axis]!.length) break;
      pick[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** How many tasks at either end of an axis are compared: more than any sensible period of chunks and tasks. */
const MOST_COMPARED = 64;

/** Those of the tasks between first and last, along one axis, of which none needs more of every step than another. */
function farthest(grid: TaskGrid, program: Program, axis: number, cells: number): number[] {
  const block = grid.block[axis]!;
  let kept: { at: number; lengths: number[] }[] = [];
  for (const at of compared(1, cells - 1)) {
    const lengths = reach(program, axis, at * block, (at + 1) * block);
    if (kept.some((other) => covers(other.lengths, lengths))) continue;
    kept = [...kept.filter((other) => !covers(lengths, other.lengths)), { at, lengths }];
  }
  return kept.map(({ at }) => at);
}

function covers(a: readonly number[], b: readonly number[]): boolean {
  return a.every((length, i) => length >= b[i]!);
}

/**
 * Elements along an axis of every block that the steps of a chain, back to a view, hold to give [start, stop) of its
 * result.
 */
function reach(program: Program, axis: number, start: number, stop: number): number[] {
  let [from, to] = [start, stop];
  const lengths: number[] = [];
  // What comes before a view or a seam lies on other axes, or elsewhere on this one.
  for (let node = program.nodes.at(-1); node?.kind === "kernel" || node?.kind === "cast"; ) {
    lengths.push(to - from);
    if (node.kind === "kernel") {
      const [before, after] = node.halo[axis]!;
      const { shape, boundary, blocks } = node;
      const extend = (a: number, b: number) => axisMap(a - before, b + after, shape[axis]!, boundary[axis]!);
      let longest = 0;
      if (blocks) {
        const met = [...blocksMeeting({ start: [from], shape: [to - from] }, [blocks[axis]!])];
        for (const {
          start: [s],
          shape: [n],
        } of met) {
          const map = extend(s!, s! + n!);
          longest = Math.max(longest, map.stop - map.start);
        }
        from = met[0]?.start[0] ?? from;
        to = met.length > 0 ? met.at(-1)!.start[0]! + met.at(-1)!.shape[0]! : to;
      }
      const map = extend(from, to);
      [from, to] = [map.readStart, map.readStop];
      lengths.push(longest, map.stop - map.start, to - from);
    }
    node = program.nodes[node.kind === "cast" ? node.input : node.inputs[0]!];
  }
  return lengths;
}

/** The numbers from `first` on before `end`, without those in the middle where they are many. */
function* compared(first: number, end: number): Generator<number> {
  for (let at = first; at < end; at++) {
    if (at === first + MOST_COMPARED) at = Math.max(at, end - MOST_COMPARED);
    yield at;
  }
}

/** The tasks beside one along an axis, itself among them. */
export function* neighbouringTasks(
  grid: TaskGrid,
  cell: readonly number[],
  axis: number,
): Generator<{ cell: number[]; region: Region }> {
  const cells = gridShape(grid.shape, grid.block);
  for (const at of compared(0, cells[axis]!)) {
    const beside = cell.map((c, i) => (i === axis ? at : c));
    const start = beside.map((c, i) => c * grid.block[i]!);
    const stop = start.map((s, i) => Math.min(s + grid.block[i]!, grid.shape[i]!));
    yield { cell: beside, region: regionOf(start, stop) };
  }
}
