import type { Block } from "../../block/block.ts";
import { sizeOf } from "../../block/block.ts";
import { DTYPES, type DType, isDType, type TypedArray } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { OwnResult } from "./own-kernel.ts";

/**
 * What an own kernel returned, as a block of the wanted shape; its dtype is that of its elements. `output` picks one of
 * several results. Throws TASK_FAILED saying what came and what was wanted.
 */
export function resultBlock(
  returned: OwnResult | readonly OwnResult[],
  shape: readonly number[],
  dtype: DType,
  where: string,
  output?: { readonly index: number; readonly count: number },
): Block {
  const one = output === undefined ? (returned as OwnResult) : pick(returned, output, where);
  if (one === null || one === undefined) {
    throw wrong(
      where,
      "returned nothing",
      "Return a typed array of context.output.shape, or { data, shape }.",
    );
  }
  const data = (ArrayBuffer.isView(one) ? one : (one as { data?: unknown }).data) as TypedArray;
  const given = ArrayBuffer.isView(one) ? undefined : (one as { shape?: readonly number[] }).shape;
  if (!ArrayBuffer.isView(data) || dtypeOf(data) === undefined) {
    throw wrong(
      where,
      "returned no typed array",
      `Return ${output ? "for each result" : "e.g."} a Float32Array, or { data, shape }, with the block's ${sizeOf(shape)} elements.`,
    );
  }
  if (given !== undefined && given.join() !== shape.join()) {
    throw wrong(
      where,
      `returned a block [${given.join(", ")}], and [${shape.join(", ")}] was wanted`,
      "Say with chunks, dropAxis or newAxis what shape comes out.",
    );
  }
  if (data.length !== sizeOf(shape)) {
    throw wrong(
      where,
      `returned ${data.length} elements, and a block [${shape.join(", ")}] has ${sizeOf(shape)}`,
      "Say with chunks, dropAxis or newAxis what shape comes out.",
    );
  }
  const own = (one as { dtype?: unknown }).dtype;
  const isBool = (own === "bool" || (own === undefined && dtype === "bool")) && data instanceof Uint8Array;
  return { dtype: isBool ? "bool" : dtypeOf(data)!, shape, data };
}

function pick(
  returned: OwnResult | readonly OwnResult[],
  { index, count }: { readonly index: number; readonly count: number },
  where: string,
): OwnResult {
  if (Array.isArray(returned) && returned.length === count) return returned[index] as OwnResult;
  const got = Array.isArray(returned) ? `a list of ${returned.length}` : "no list";
  throw wrong(
    where,
    `returned ${got}, and its signature has ${count} results`,
    "Return a list with one entry each.",
  );
}

/** The dtype whose elements a typed array holds; undefined for DataView and clamped arrays. */
function dtypeOf(data: TypedArray): DType | undefined {
  const name = data.constructor.name
    .replace(/Array$/, "")
    .replace(/^Big/, "")
    .toLowerCase();
  return isDType(name) && DTYPES.includes(name) ? name : undefined;
}

function wrong(where: string, what: string, hint: string): LamellaError {
  return new LamellaError("TASK_FAILED", `${where} ${what}`, { hint });
}
