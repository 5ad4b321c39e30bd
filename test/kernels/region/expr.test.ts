import fc from "fast-check";
import { expect, test } from "vitest";
import { expressionReference } from "../../../shared/kernels/expr/reference.ts";
import { typeExpression } from "../../../shared/kernels/expr/typing.ts";
import { type ExprArgs, exprOp } from "../../../shared/kernels/region/expr.ts";
import { blocks, expectSame } from "../../support/kernels.ts";
import { regionOfBlock } from "../../support/pad.ts";
import { anyRegion, runRegionOp } from "../../support/region-op.ts";

const EXPR = "where(a > m, a - k, b)";
const NAMES = { a: { dtype: "int16" }, m: { dtype: "uint8" }, b: { dtype: "float32" }, k: 3n } as const;

test("any box is that box of the whole, wherever the inputs' axes are", () => {
  const size = fc.integer({ min: 0, max: 24 });
  const world = fc.tuple(size, size, size, fc.boolean()).chain(([t, y, x, flat]) => {
    const shape = [t, y, x];
    return fc.tuple(
      anyRegion(shape),
      blocks("int16", fc.constant(shape)),
      blocks("uint8", fc.constant([t])),
      blocks("float32", fc.constant([flat ? 1 : y, x])),
    );
  });
  fc.assert(
    fc.property(world, ([region, a, m, b]) => {
      const args: ExprArgs = {
        expr: EXPR,
        names: ["a", "m", "b"],
        numbers: { k: 3 },
        axes: [[0, 1, 2], [0], [1, 2]],
      };
      const facts = { shape: a.shape, dtype: "float32" } as const;
      const got = runRegionOp(exprOp, args as never, [a, m, b], facts, region);
      const column = { ...m, shape: [m.shape[0]!, 1, 1] };
      const whole = expressionReference(typeExpression(EXPR, NAMES), [a, column, b], a.shape);
      expectSame(got, regionOfBlock(whole, region));
    }),
    { numRuns: 60 },
  );
});

test("costs more where elements are computed one by one", () => {
  const facts = { shape: [1], dtype: "float32", inputs: [{ shape: [1], dtype: "float32" }] } as const;
  const cost = (expr: string) => exprOp.costPerElement({ expr, names: ["a"] }, facts);
  expect(cost("sin(a)")).toBeGreaterThan(cost("a + 1"));
  expect(cost("a + 1")).toBeGreaterThan(0);
});
