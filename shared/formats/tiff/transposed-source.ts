import { type Block, sizeOf, stridesOf } from "../../block/block.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import { allocate, type DType, isBigInt, itemSize } from "../../block/dtype.ts";
import type { PageLayout, TiffPage } from "./page.ts";
import { readBox } from "./plane-reader.ts";

/** One axis of the array that pages hold, whose own last axes are their rows, columns and samples. */
export interface StoredAxis {
  readonly length: number;
  /** Which of T, C, Z, Y, X it is, or is a part of. */
  readonly axis: number;
}

/** Chunks have so many bytes about. */
const TARGET_BYTES = 2 * 1024 * 1024;

/**
 * An array whose pages are not planes of Y by X ("YXC" written page by page), as TCZYX: elements are put in their
 * places one by one. A chunk is all of C and X, and rows of one T and Z.
 */
export class TransposedSource implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly #pages: readonly TiffPage[];
  readonly #layout: PageLayout;
  readonly #axes: readonly StoredAxis[];
  /** What one step along a stored axis is along its axis of TCZYX. */
  readonly #steps: readonly number[];

  /** `axes` are all of the array's, outermost first; of a page's own, planar samples come before rows, others after columns. */
  constructor(label: string, pages: readonly TiffPage[], axes: readonly StoredAxis[]) {
    this.label = label;
    this.#pages = pages;
    this.#layout = pages[0]!.layout;
    this.#axes = axes;
    const shape = [1, 1, 1, 1, 1];
    this.#steps = axes
      .toReversed()
      .map(({ axis, length }) => {
        const step = shape[axis]!;
        shape[axis] = step * length;
        return step;
      })
      .reverse();
    this.shape = shape;
    this.dtype = this.#layout.dtype;
    this.fillValue = isBigInt(this.dtype) ? 0n : 0;
    const rows = Math.floor(TARGET_BYTES / (shape[1]! * shape[4]! * itemSize(this.dtype)));
    this.chunkShape = [1, shape[1]!, 1, Math.min(shape[3]!, Math.max(1, rows)), shape[4]!];
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block> {
    const start = coords.map((c, axis) => c * this.chunkShape[axis]!);
    const shape = this.chunkShape.map((n, axis) => Math.min(n, this.shape[axis]! - start[axis]!));
    const data = allocate(this.dtype, sizeOf(shape)) as Uint8Array;
    const strides = stridesOf(shape);
    const ranges = this.#axes.map((_, i) => this.#rangeOf(i, start, shape));
    const own = this.#layout.samples > 1 ? 3 : 2;
    const outer = this.#axes.slice(0, -own);
    const [s, y, x] = this.#ownAxes();
    const place = (i: number, index: number, at: number[]): void => {
      at[this.#axes[i]!.axis]! += index * this.#steps[i]!;
    };
    const pageStrides = stridesOf(outer.map(({ length }) => length));
    const visit = async (depth: number, page: number, at: readonly number[]): Promise<void> => {
      if (depth < outer.length) {
        for (let index = ranges[depth]![0]; index < ranges[depth]![1]; index++) {
          const next = [...at];
          place(depth, index, next);
          await visit(depth + 1, page + index * pageStrides[depth]!, next);
        }
        return;
      }
      const [sample, row, column] = [s, y, x].map((i) => (i === undefined ? ([0, 1] as const) : ranges[i]!));
      const box = {
        sample: sample![0],
        samples: sample![1] - sample![0],
        row: row![0],
        rows: row![1] - row![0],
        column: column![0],
        columns: column![1] - column![0],
      };
      const values = (await readBox(this.#pages[page]!, box, signal)) as Uint8Array | undefined;
      if (!values) return;
      for (let i = 0; i < values.length; i++) {
        const to = [...at];
        if (s !== undefined) place(s, box.sample + Math.floor(i / (box.rows * box.columns)), to);
        place(y, box.row + (Math.floor(i / box.columns) % box.rows), to);
        place(x, box.column + (i % box.columns), to);
        const inside = to.every((n, axis) => n >= start[axis]! && n < start[axis]! + shape[axis]!);
        if (inside)
          data[to.reduce((sum, n, axis) => sum + (n - start[axis]!) * strides[axis]!, 0)] = values[i]!;
      }
    };
    await visit(0, 0, [0, 0, 0, 0, 0]);
    return { dtype: this.dtype, shape, data };
  }

  /** Which stored axes are a page's samples, rows and columns. */
  #ownAxes(): readonly [sample: number | undefined, row: number, column: number] {
    const last = this.#axes.length - 1;
    if (this.#layout.samples === 1) return [undefined, last - 1, last];
    return this.#layout.planar ? [last - 2, last - 1, last] : [last, last - 2, last - 1];
  }

  /** The indices of a stored axis that a box may need: its own, where nothing else shares its axis. */
  #rangeOf(i: number, start: readonly number[], shape: readonly number[]): readonly [number, number] {
    const { axis, length } = this.#axes[i]!;
    return length === this.shape[axis] ? [start[axis]!, start[axis]! + shape[axis]!] : [0, length];
  }
}
