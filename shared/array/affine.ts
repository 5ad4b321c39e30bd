import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { withoutCoordinates } from "./axis-facts.ts";
import type { ArrayNode } from "./nodes.ts";
import { type ResampleOptions, resample } from "./zoom.ts";

export interface AffineOptions extends ResampleOptions {
  /** Added to the coordinates: one number, or one per row of the matrix. */
  readonly offset?: number | readonly number[];
  /** Elements per axis of the result; a list shorter than the rank means the last axes. Default: the input's. */
  readonly outputShape?: readonly number[];
}

/**
 * An affine transformation: the element of the result at o is the input's at matrix · o + offset, by splines. The matrix is a list
 * (a factor per axis), n x n, or with the offset as a last column n x (n + 1), or (n + 1) x (n + 1); one for fewer axes than
 * the array has is for the last of them. Equals scipy.ndimage.affine_transform. Axes with factors keep their place and scale; of
 * axes that are mixed the scale is the distance of neighbours, and the origin starts at 0. Throws INVALID_ARGUMENT.
 */
export function affineTransform(
  input: ArrayNode,
  matrix: readonly number[] | readonly (readonly number[])[],
  options: AffineOptions = {},
): ArrayNode {
  const step = options.step ?? "affineTransform";
  const rank = input.shape.length;
  const given = rowsOf(matrix, rank, step);
  const size = given.rows.length;
  const lead = rank - size;
  const offsets = given.offset ?? offsetsOf(options.offset, size, step);
  if (given.offset && options.offset !== undefined) {
    throw invalid(
      step,
      "the matrix has a column of offsets, and offset is given too",
      "Leave one of them out.",
    );
  }
  const rows = input.shape.map((_, h) =>
    input.shape.map((__, l) => {
      if (h < lead || l < lead) return Number(h === l);
      return given.rows[h - lead]![l - lead]!;
    }),
  );
  const offset = input.shape.map((_, h) => (h < lead ? 0 : offsets[h - lead]!));
  const shape = shapeOf(options.outputShape, input.shape, step);
  const axes = input.axes.map((axis, i) => transformed(axis, i, rows, offset, input.axes));
  return resample(
    input,
    { matrix: rows, offset, grid: false, shape, axes, name: "affineTransform" },
    options,
    "affineTransform",
  );
}

function rowsOf(
  matrix: readonly number[] | readonly (readonly number[])[],
  rank: number,
  step: string,
): { rows: readonly (readonly number[])[]; offset?: readonly number[] } {
  const flat = matrix.flat();
  if (flat.length === 0 || !flat.every((n) => Number.isFinite(n))) {
    throw invalid(step, "the matrix holds what is not a number", HINT);
  }
  if (matrix.every((row) => typeof row === "number")) {
    const factors = matrix as readonly number[];
    if (factors.length > rank)
      throw invalid(step, `${factors.length} factors are too many for ${rank} axes`, HINT);
    return { rows: factors.map((f, h) => factors.map((_, l) => (h === l ? f : 0))) };
  }
  const rows = matrix as readonly (readonly number[])[];
  const height = rows.length;
  const width = rows[0]!.length;
  if (rows.some((row) => row.length !== width))
    throw invalid(step, "the matrix's rows differ in length", HINT);
  const homogeneous = height === width && height === rank + 1;
  if (homogeneous && !rows[rank]!.every((n, l) => n === Number(l === rank))) {
    throw invalid(step, "the last row of a homogeneous matrix is zeros and a 1", HINT);
  }
  const size = homogeneous ? rank : height;
  if (size > rank || (width !== size && width !== size + 1)) {
    throw invalid(step, `a matrix of ${height} x ${width} does not fit an array of ${rank} axes`, HINT);
  }
  const square = rows.slice(0, size).map((row) => row.slice(0, size));
  return width === size
    ? { rows: square }
    : { rows: square, offset: rows.slice(0, size).map((row) => row[size]!) };
}

const HINT =
  "Give n x n numbers for n axes, n x (n + 1) with the offset as a last column, or a factor per axis.";

function offsetsOf(offset: number | readonly number[] | undefined, size: number, step: string): number[] {
  const list = typeof offset === "object" ? [...offset] : new Array<number>(size).fill(offset ?? 0);
  if (list.length === size && list.every((n) => Number.isFinite(n))) return list;
  throw invalid(
    step,
    `offset [${list.join(", ")}] does not fit the matrix`,
    `Give ${size} numbers, or one for all.`,
  );
}

function shapeOf(wanted: readonly number[] | undefined, shape: readonly number[], step: string): number[] {
  const list = wanted ?? shape;
  const lead = shape.length - list.length;
  if (lead >= 0 && list.every((n) => Number.isInteger(n) && n >= 0)) {
    return shape.map((n, axis) => (axis < lead ? n : list[axis - lead]!));
  }
  throw invalid(
    step,
    `outputShape [${list.join(", ")}] is not a shape of at most ${shape.length} axes`,
    "Give whole numbers; a shorter list means the last axes.",
  );
}

function transformed(
  axis: Axis,
  index: number,
  rows: readonly (readonly number[])[],
  offset: readonly number[],
  axes: readonly Axis[],
): Axis {
  const row = rows[index]!;
  const alone = rows.every((other, h) => h === index || (other[index] === 0 && row[h] === 0));
  if (alone && row[index] === 1 && offset[index] === 0) return axis;
  if (alone && row[index]! > 0) {
    return {
      ...withoutCoordinates(axis),
      scale: axis.scale * row[index]!,
      translation: axis.translation + offset[index]! * axis.scale,
    };
  }
  const length = Math.sqrt(rows.reduce((sum, other, h) => sum + (other[index]! * axes[h]!.scale) ** 2, 0));
  return { ...withoutCoordinates(axis), scale: length > 0 ? length : axis.scale, translation: 0 };
}

function invalid(step: string, what: string, hint: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `step ${step}: ${what}`, { hint });
}
