import type { DType } from "../block/dtype.ts";
import { type Element, elementwise } from "./elementwise.ts";
import type { LazyArray } from "./lazy-array.ts";
import { ObjectMethods } from "./object-methods.ts";

/**
 * The methods of lazy arrays that work element by element, on arrays that broadcast and on plain numbers. Dtypes and values are
 * numpy's: unsigned integers wrap, a plain number takes the array's dtype.
 */
export abstract class ElementwiseMethods<D extends DType> extends ObjectMethods<D> {
  /** numpy.add. */
  add(other: Element): LazyArray {
    return this.derive(elementwise("add", "x + y", this, other));
  }

  /** numpy.subtract. */
  subtract(other: Element): LazyArray {
    return this.derive(elementwise("subtract", "x - y", this, other));
  }

  /** numpy.multiply. */
  multiply(other: Element): LazyArray {
    return this.derive(elementwise("multiply", "x * y", this, other));
  }

  /** numpy.true_divide: integers give float64. */
  divide(other: Element): LazyArray {
    return this.derive(elementwise("divide", "x / y", this, other));
  }

  /** numpy.floor_divide: rounded down; an integer divided by 0 gives 0. */
  floorDivide(other: Element): LazyArray {
    return this.derive(elementwise("floorDivide", "x // y", this, other));
  }

  /** numpy.mod: with the sign of the divisor. */
  mod(other: Element): LazyArray {
    return this.derive(elementwise("mod", "x % y", this, other));
  }

  /** numpy.power: integers wrap. */
  power(other: Element): LazyArray {
    return this.derive(elementwise("power", "x ** y", this, other));
  }

  /** numpy.minimum: a NaN on either side is the result. */
  minimum(other: Element): LazyArray {
    return this.derive(elementwise("minimum", "min(x, y)", this, other));
  }

  /** numpy.maximum: a NaN on either side is the result. */
  maximum(other: Element): LazyArray {
    return this.derive(elementwise("maximum", "max(x, y)", this, other));
  }

  /** numpy.clip. */
  clip(low: Element, high: Element): LazyArray {
    return this.derive(elementwise("clip", "clip(x, y, z)", this, low, high));
  }

  /** numpy.greater. */
  greater(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("greater", "x > y", this, other));
  }

  /** numpy.greater_equal. */
  greaterEqual(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("greaterEqual", "x >= y", this, other));
  }

  /** numpy.less. */
  less(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("less", "x < y", this, other));
  }

  /** numpy.less_equal. */
  lessEqual(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("lessEqual", "x <= y", this, other));
  }

  /** numpy.equal. */
  equal(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("equal", "x == y", this, other));
  }

  /** numpy.not_equal. */
  notEqual(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("notEqual", "x != y", this, other));
  }

  /** numpy.logical_and. */
  and(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("and", "x and y", this, other));
  }

  /** numpy.logical_or. */
  or(other: Element): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("or", "x or y", this, other));
  }

  /** numpy.logical_not. */
  not(): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("not", "not x", this));
  }

  /** numpy.negative: unsigned integers wrap. */
  negative(): LazyArray<D> {
    return this.derive<D>(elementwise("negative", "-x", this));
  }

  /** numpy.abs. */
  abs(): LazyArray<D> {
    return this.derive<D>(elementwise("abs", "abs(x)", this));
  }

  /** numpy.sign. */
  sign(): LazyArray<D> {
    return this.derive<D>(elementwise("sign", "sign(x)", this));
  }

  /** numpy.floor. */
  floor(): LazyArray<D> {
    return this.derive<D>(elementwise("floor", "floor(x)", this));
  }

  /** numpy.ceil. */
  ceil(): LazyArray<D> {
    return this.derive<D>(elementwise("ceil", "ceil(x)", this));
  }

  /** numpy.round, to whole numbers: halves to the even one. */
  round(): LazyArray {
    return this.derive(elementwise("round", "round(x)", this));
  }

  /** numpy.sqrt: float16 of 8-bit integers, float32 of 16-bit ones, else float64. */
  sqrt(): LazyArray {
    return this.derive(elementwise("sqrt", "sqrt(x)", this));
  }

  /** numpy.exp. */
  exp(): LazyArray {
    return this.derive(elementwise("exp", "exp(x)", this));
  }

  /** numpy.log, the natural logarithm. */
  log(): LazyArray {
    return this.derive(elementwise("log", "log(x)", this));
  }

  /** numpy.log2. */
  log2(): LazyArray {
    return this.derive(elementwise("log2", "log2(x)", this));
  }

  /** numpy.log10. */
  log10(): LazyArray {
    return this.derive(elementwise("log10", "log10(x)", this));
  }

  /** numpy.isnan. */
  isnan(): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("isnan", "isnan(x)", this));
  }

  /** numpy.isinf. */
  isinf(): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("isinf", "isinf(x)", this));
  }

  /** numpy.isfinite. */
  isfinite(): LazyArray<"bool"> {
    return this.derive<"bool">(elementwise("isfinite", "isfinite(x)", this));
  }
}
