import { cellAt } from "../../block/grid-order.ts";
import { type Region, regionOf } from "../../block/region.ts";
import type { ReduceStage, TallyStage } from "../../plan/schema.ts";

/** The boxes that a group of a tile reads, each of at most `readBlock`; `axes` are those that are reduced. */
export function* groupBoxes(
  stage: ReduceStage | TallyStage,
  axes: readonly number[],
  tile: Region,
  group: number,
): Generator<Region> {
  const groupBlock = stage.groupBlock!;
  const isReduced = (axis: number): boolean => axes.includes(axis);
  const groups = stage.inputShape.map((n, axis) =>
    isReduced(axis) ? Math.max(1, Math.ceil(n / groupBlock[axis]!)) : 1,
  );
  const cell = cellAt(group, groups);
  const start = cell.map((c, axis) => (isReduced(axis) ? c * groupBlock[axis]! : tile.start[axis]!));
  const stop = start.map((s, axis) =>
    isReduced(axis) ? Math.min(s + groupBlock[axis]!, stage.inputShape[axis]!) : s + tile.shape[axis]!,
  );
  const shape = stop.map((n, axis) => n - start[axis]!);
  if (shape.some((n) => n === 0)) return;
  const cells = shape.map((n, axis) => Math.ceil(n / stage.readBlock![axis]!));
  const total = cells.reduce((a, b) => a * b, 1);
  for (let i = 0; i < total; i++) {
    const at = cellAt(i, cells);
    const from = at.map((c, axis) => start[axis]! + c * stage.readBlock![axis]!);
    yield regionOf(
      from,
      from.map((s, axis) => Math.min(s + stage.readBlock![axis]!, stop[axis]!)),
    );
  }
}
