import type { DType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { type Element, elementwiseStep } from "./elementwise.ts";
import { type ExpressionOptions, type ExpressionValue, expression } from "./expression.ts";
import { LazyArray } from "./lazy-array.ts";

/**
 * An expression over arrays and numbers by name, with numpy's values and dtypes:
 * `expr("where(bright != dark, (fluor - dark) / (bright - dark), 0)", { bright, dark, fluor })`. Arrays broadcast. Compiled to
 * WebAssembly; works on both engines. Throws INVALID_EXPRESSION with the place in the text.
 */
export function expr<E extends DType = DType>(
  text: string,
  values: { readonly [name: string]: LazyArray | number | bigint },
  options: ExpressionOptions & { readonly dtype?: E } = {},
): LazyArray<E> {
  const named = Object.entries(values).map(([name, value]): [string, ExpressionValue] => {
    if (typeof value !== "object") return [name, value];
    if (value instanceof LazyArray) return [name, value.node];
    throw new LamellaError("INVALID_ARGUMENT", `expr: ${name} is neither an array nor a number`, {
      hint: "Give a lazy array, such as fromZarr gives, or a number.",
    });
  });
  return new LazyArray<E>(expression(text, Object.fromEntries(named), options));
}

/** Elements of `a` where the condition is not 0, else of `b`, all of which broadcast: numpy.where. */
export function where<E extends DType = DType>(
  condition: Element,
  a: Element,
  b: Element,
  options: ExpressionOptions & { readonly dtype?: E } = {},
): LazyArray<E> {
  return new LazyArray<E>(
    elementwiseStep("where(x, y, z)", [condition, a, b], { ...options, step: options.step ?? "where" }),
  );
}
