import { stridesOf } from "../../block/block.ts";
import { cellNumber, chunkRegion, gridShape } from "../../block/chunk-grid.ts";
import { release } from "../../block/release.ts";
import type { LabelStage } from "../../plan/schema.ts";
import { joinedAxes } from "../../plan/task-region.ts";
import { Limit } from "../../storage/limit.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { faceLayout, faceOffsets } from "./faces.ts";
import { getLabelFile, labelKey, putLabelFile } from "./label-files.ts";

const PAIRABLE = 2 ** 26;
/** Files of neighbours that a block has on their way at once. */
const NEIGHBOURS_IN_FLIGHT = 4;

/**
 * Finds which labels of one block touch labels of its neighbours: for each connected axis its first plane is compared
 * with the last planes of the blocks before it, diagonal ones too where the connectivity reaches them. Every touch
 * across blocks has an axis on which one of both lies in a first plane, so each is found once.
 */
export async function joinBlock(
  session: WorkerSession,
  stage: LabelStage,
  cell: readonly number[],
): Promise<ObjectRecord> {
  const { grid, connected, connectivity, side } = stage;
  const cells = gridShape(grid.shape, grid.block);
  const rank = cell.length;
  const own = cellNumber(cell, cells);
  const shape = chunkRegion(grid.shape, grid.block, cell).shape;
  const file = await getLabelFile(session, labelKey(side, own, "faces"));
  const faces = wordsOf(file);
  const comparisons: Comparison[] = [];

  const joined = joinedAxes(grid, connected);
  for (const face of faceLayout(shape, joined)) {
    if (face.side !== "low" || cell[face.axis] === 0) continue;
    const plane = faces.subarray(face.offset, face.offset + face.length);
    const planeShape = shape.map((n, axis) => (axis === face.axis ? 1 : n));
    const planeStrides = stridesOf(planeShape);
    for (const offset of faceOffsets(rank, face.axis, connected, connectivity)) {
      // Split the plane by which neighbour block `position + offset` falls into: before, within or after, per axis.
      for (const target of neighbourCells(cell, cells, face.axis, offset)) {
        const number = cellNumber(target.cell, cells);
        const theirShape = chunkRegion(grid.shape, grid.block, target.cell).shape;
        comparisons.push({
          number,
          theirShape,
          axis: face.axis,
          plane,
          planeShape,
          planeStrides,
          offset,
          target,
        });
      }
    }
  }
  const planes = await highPlanes(session, side, joined, comparisons);
  const triples: number[] = [];
  for (const { number, theirShape, axis, plane, planeShape, planeStrides, offset, target } of comparisons) {
    comparePlanes(
      plane,
      planeShape,
      planeStrides,
      planes.get(`${number} ${axis}`)!,
      theirShape,
      stridesOf(theirShape.map((n, i) => (i === axis ? 1 : n))),
      offset,
      target.shift,
      (a, b) => triples.push(number, a, b),
    );
  }
  release(file);
  return putLabelFile(session, labelKey(side, own, "pairs"), new Uint8Array(new Uint32Array(triples).buffer));
}

function wordsOf(bytes: Uint8Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(bytes.buffer, 0, bytes.byteLength / 4);
}

interface Comparison {
  /** The other block. */
  readonly number: number;
  readonly theirShape: readonly number[];
  readonly axis: number;
  readonly plane: Uint32Array;
  readonly planeShape: readonly number[];
  readonly planeStrides: readonly number[];
  readonly offset: readonly number[];
  readonly target: { readonly shift: readonly number[] };
}

/** The last planes that are compared with, by block and axis; each block's file is read once, a few at a time. */
async function highPlanes(
  session: WorkerSession,
  side: string,
  joined: readonly boolean[],
  comparisons: readonly Comparison[],
): Promise<Map<string, Uint32Array>> {
  const wanted = new Map<number, { readonly theirShape: readonly number[]; readonly axes: Set<number> }>();
  for (const { number, theirShape, axis } of comparisons) {
    const known = wanted.get(number);
    if (known) known.axes.add(axis);
    else wanted.set(number, { theirShape, axes: new Set([axis]) });
  }
  const planes = new Map<string, Uint32Array>();
  const limit = new Limit(NEIGHBOURS_IN_FLIGHT);
  await Promise.all(
    [...wanted].map(([number, { theirShape, axes }]) =>
      limit.run(async () => {
        const file = await getLabelFile(session, labelKey(side, number, "faces"));
        const faces = wordsOf(file);
        for (const { axis, side: end, offset, length } of faceLayout(theirShape, joined)) {
          if (end === "high" && axes.has(axis))
            planes.set(`${number} ${axis}`, faces.slice(offset, offset + length));
        }
        release(file);
      }),
    ),
  );
  return planes;
}

/** Blocks before `cell` along `axis` that a plane shifted by `offset` reaches, with the direction per other axis. */
function* neighbourCells(
  cell: readonly number[],
  cells: readonly number[],
  axis: number,
  offset: readonly number[],
): Generator<{ cell: number[]; shift: number[] }> {
  let targets: { cell: number[]; shift: number[] }[] = [
    { cell: cell.map((c, i) => (i === axis ? c - 1 : c)), shift: cell.map(() => 0) },
  ];
  for (let other = 0; other < cell.length; other++) {
    const step = offset[other]!;
    if (step === 0) continue;
    targets = targets.flatMap((target) => {
      const moved = target.cell[other]! + step;
      if (moved < 0 || moved >= cells[other]!) return [target];
      const cellThere = target.cell.slice();
      const shift = target.shift.slice();
      cellThere[other] = moved;
      shift[other] = step;
      return [target, { cell: cellThere, shift }];
    });
  }
  yield* targets;
}

/** Calls `touch` for each pair of labels at a position and at position + offset in the other block, equal neighbours once. */
function comparePlanes(
  plane: Uint32Array,
  shape: readonly number[],
  strides: readonly number[],
  theirs: Uint32Array,
  theirShape: readonly number[],
  theirStrides: readonly number[],
  offset: readonly number[],
  shift: readonly number[],
  touch: (own: number, their: number) => void,
): void {
  const rank = shape.length;
  const from: number[] = [];
  const count: number[] = [];
  const there: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const step = offset[axis]!;
    const n = shape[axis]!;
    if (shift[axis] !== 0) {
      // The one row that leaves this block on that side.
      from.push(step > 0 ? n - 1 : 0);
      there.push(step > 0 ? 0 : theirShape[axis]! - 1);
      count.push(1);
    } else {
      const start = Math.max(0, -step);
      from.push(start);
      there.push(start + step);
      count.push(n - Math.abs(step));
    }
  }
  if (count.some((n) => n <= 0)) return;
  const seen = new Set<number>();
  const at = new Array<number>(rank).fill(0);
  let lastOwn = 0;
  let lastTheir = 0;
  const width = count[rank - 1]!;
  for (;;) {
    let p = 0;
    let q = 0;
    for (let axis = 0; axis < rank; axis++) {
      p += (from[axis]! + at[axis]!) * strides[axis]!;
      q += (there[axis]! + at[axis]!) * theirStrides[axis]!;
    }
    const pStep = shape[rank - 1] === 1 ? 0 : 1;
    const qStep = theirStrides[rank - 1]! * (width > 1 ? 1 : 0);
    for (let i = 0; i < width; i++) {
      const own = plane[p + i * pStep]!;
      const their = theirs[q + i * qStep]!;
      if (own === 0 || their === 0 || (own === lastOwn && their === lastTheir)) continue;
      lastOwn = own;
      lastTheir = their;
      // Two small numbers are one that a double holds; of larger ones a pair may be told twice.
      if (own < PAIRABLE && their < PAIRABLE) {
        const pair = own * PAIRABLE + their;
        if (seen.has(pair)) continue;
        seen.add(pair);
      }
      touch(own, their);
    }
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      if (++at[axis]! < count[axis]!) break;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
