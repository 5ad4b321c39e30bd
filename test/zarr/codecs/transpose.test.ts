import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, stridesOf } from "../../../shared/block/block.ts";
import { allocate, type DType } from "../../../shared/block/dtype.ts";
import { permutationOf, untranspose } from "../../../shared/zarr/codecs/transpose.ts";

describe("transpose", () => {
  it("equals the definition for any axes, item size and shape", () => {
    const cases = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
      ),
    );
    const dtypes = fc.constantFrom<DType>("uint8", "uint16", "float32", "int64");
    fc.assert(
      fc.property(cases, dtypes, ([shape, order], dtype) => {
        const stored = order.map((axis) => shape[axis]!);
        const data = allocate(dtype, sizeOf(shape)) as { [index: number]: number | bigint; length: number };
        for (let i = 0; i < data.length; i++) data[i] = dtype === "int64" ? BigInt(i) : i;
        const out = untranspose(data as never, dtype, shape, order);
        const storedStrides = stridesOf(stored);
        const strides = stridesOf(shape);
        for (let i = 0; i < out.length; i++) {
          const coords = shape.map((n, axis) => Math.floor(i / strides[axis]!) % n);
          const from = order.reduce((sum, axis, at) => sum + coords[axis]! * storedStrides[at]!, 0);
          if (out[i] !== data[from]) throw new Error(`element ${i} is ${out[i]}, not ${data[from]}`);
        }
      }),
    );
  });

  it("knows orders that change nothing", () => {
    expect(permutationOf("C", 3)).toBeUndefined();
    expect(permutationOf([0, 1], 2)).toBeUndefined();
    expect(permutationOf("F", 3)).toEqual([2, 1, 0]);
    expect(permutationOf("F", 1)).toBeUndefined();
  });
});
