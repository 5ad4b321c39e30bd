import { sizeOf } from "../../block/block.ts";
import { DTYPES, type DType } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { ACCUMULATORS, type AccumulatorKind } from "./accumulator.ts";
import { dtypeCode } from "./exports.ts";

/**
 * The head of a serialised partial state, little-endian:
 *
 *     0  "LMPS"     4  version, 1    5  dtype, its place in DTYPES    6  parts    7  rank
 *     8  count of input elements per output, float64
 *     16 the output tile's shape, uint32 each; then the parts' ids, one byte each; then the parts
 *
 * An exact sum is written as its first and last word (a byte each: 32-bit words of the two's complement, the lowest
 * not 0 in some output, the highest not a mere sign in some output), then those words for each output; then a sum of
 * squares likewise; then, for floats, a byte 0, or 1 and a byte of flags for each output. An extreme is its values.
 */
export interface StateHead {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly count: number;
  readonly kinds: readonly AccumulatorKind[];
}

const MAGIC = 0x53504d4c;
const VERSION = 1;
const FIXED = 16;

export function writeHead(head: StateHead): Uint8Array {
  const { shape, kinds } = head;
  const bytes = new Uint8Array(FIXED + 4 * shape.length + kinds.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, dtypeCode(head.dtype));
  view.setUint8(6, kinds.length);
  view.setUint8(7, shape.length);
  view.setFloat64(8, head.count, true);
  for (const [i, n] of shape.entries()) view.setUint32(FIXED + 4 * i, n, true);
  for (const [i, kind] of kinds.entries()) view.setUint8(FIXED + 4 * shape.length + i, ACCUMULATORS[kind].id);
  return bytes;
}

/** The head, and where the parts begin. CHUNK_DECODE for anything else. */
export function readHead(bytes: Uint8Array): { readonly head: StateHead; readonly bodyAt: number } {
  if (bytes.length < FIXED) throw notAState("it ends within its head");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) throw notAState("it doesn't begin with LMPS");
  if (view.getUint8(4) !== VERSION) throw notAState(`its version is ${view.getUint8(4)}, not ${VERSION}`);
  const dtype = DTYPES[view.getUint8(5)];
  const parts = view.getUint8(6);
  const rank = view.getUint8(7);
  const bodyAt = FIXED + 4 * rank + parts;
  if (!dtype || bytes.length < bodyAt) throw notAState("its head is damaged");
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(FIXED + 4 * i, true));
  const kinds: AccumulatorKind[] = [];
  for (let i = 0; i < parts; i++) {
    const id = view.getUint8(FIXED + 4 * rank + i);
    const found = Object.values(ACCUMULATORS).find((accumulator) => accumulator.id === id);
    if (!found) throw notAState(`it holds a part of unknown kind ${id}`);
    kinds.push(found.kind);
  }
  // every output takes at least a byte of each part, which bounds what a damaged shape can ask for
  if (sizeOf(shape) > bytes.length) throw notAState("its head is damaged");
  const count = view.getFloat64(8, true);
  if (!Number.isSafeInteger(count) || count < 0) throw notAState("its head is damaged");
  return { head: { dtype, shape, count, kinds }, bodyAt };
}

export function notAState(why: string): LamellaError {
  return new LamellaError("CHUNK_DECODE", `the bytes aren't a partial state of this reduction: ${why}`, {
    hint: "The run's intermediate objects are damaged or of another version: run again without --resume.",
  });
}
