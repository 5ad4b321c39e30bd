import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { fromTiff, fromZarr } from "../../shared/index.ts";
import { GOLDEN_FORMATS, goldenBlock, goldenFormat } from "../support/golden.ts";
import { asBlock } from "../support/lazy.ts";

/** Stores of zarr-python and images of tifffile, read through lazy arrays and compared with what numpy holds. */
describe("golden formats", () => {
  test.each(GOLDEN_FORMATS)("$file", async ({ file, expected, compare }) => {
    const uri = goldenFormat(file);
    const array = file.endsWith(".zarr") ? await fromZarr(uri) : await fromTiff(uri);
    const got = asBlock(await array.compute({ workers: 1 }));
    const want = inAxesOf(got, goldenBlock(expected));
    expect(withoutOnes(got.shape)).toEqual(withoutOnes(want.shape));
    expect(got.dtype).toBe(want.dtype);
    const atol = Number(/^atol (.+)/.exec(compare ?? "")?.[1] ?? 0);
    const worst = Math.max(
      ...Array.from(want.data as ArrayLike<number | bigint>, (value, i) =>
        Object.is(value, got.data[i]) ? 0 : Math.abs(Number(value) - Number(got.data[i])),
      ),
    );
    expect(worst).toBeLessThanOrEqual(atol);
  });
});

/** numpy has interleaved samples last; in an image they are channels, before y and x. */
function inAxesOf(got: Block, want: Block): Block {
  const [, channels = 1] = got.shape;
  if (got.shape.length !== 5 || channels === 1 || want.shape.length !== 3 || want.shape[2] !== channels)
    return want;
  const [rows = 0, columns = 0] = want.shape;
  const moved = newBlock(want.dtype, [channels, rows, columns]);
  for (let i = 0; i < want.data.length; i++)
    moved.data[(i % channels) * rows * columns + Math.floor(i / channels)] = want.data[i]!;
  return moved;
}

/** Images have all of t, c, z, y, x; numpy's arrays only those that are longer than 1. */
function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((n) => n !== 1);
}
