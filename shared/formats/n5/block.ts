import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { copyBox } from "../../block/copy.ts";
import { type DType, itemSize } from "../../block/dtype.ts";
import { elementsOf } from "../../zarr/codecs/bytes.ts";
import { decodeError } from "../../zarr/codecs/decode-error.ts";
import type { Decompress } from "./compression/registry.ts";

/** Blocks of numbers; with a count of their own (label multisets, say); and of objects, which have no axes. */
const MODES = { plain: 0, counted: 1, object: 2 } as const;

interface Header {
  /** C order. */
  readonly shape: readonly number[];
  readonly bytes: number;
}

/**
 * A stored block: its header, big-endian, then its elements, big-endian and compressed. Blocks at an array's end are
 * stored cut (N5) or whole (zarr-python); the result has the shape `cut`, and 0 where the block is smaller.
 * Throws CHUNK_DECODE.
 */
export async function decodeN5Block(
  bytes: Uint8Array,
  dtype: DType,
  blockShape: readonly number[],
  cut: readonly number[],
  decompress: Decompress,
): Promise<Block> {
  const header = readHeader(bytes, blockShape);
  const size = sizeOf(header.shape) * itemSize(dtype);
  const packed = bytes.subarray(header.bytes);
  const decoded = await decompress(packed, size);
  if (decoded.byteLength !== size)
    throw decodeError("n5", `has ${decoded.byteLength} bytes where its header says ${size}`);
  const owned = decoded.buffer !== bytes.buffer;
  const block: Block = { dtype, shape: header.shape, data: elementsOf(decoded, dtype, "big", owned) };
  if (header.shape.every((n, axis) => n === cut[axis])) return block;
  const target = newBlock(dtype, cut);
  const origin = cut.map(() => 0);
  copyBox(
    block,
    origin,
    target,
    origin,
    cut.map((n, axis) => Math.min(n, header.shape[axis]!)),
  );
  return target;
}

function readHeader(bytes: Uint8Array, blockShape: readonly number[]): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = blockShape.length;
  if (bytes.byteLength < 4) throw decodeError("n5", "the block is cut short in its header");
  const mode = view.getUint16(0);
  if (mode === MODES.object) throw decodeError("n5", "the block holds an object (mode 2), not numbers");
  if (mode !== MODES.plain && mode !== MODES.counted)
    throw decodeError("n5", `block mode ${mode} is unknown`);
  const axes = view.getUint16(2);
  if (axes !== rank) throw decodeError("n5", `the block has ${axes} axes, the dataset ${rank}`);
  const length = 4 + 4 * rank + (mode === MODES.counted ? 4 : 0);
  if (bytes.byteLength < length) throw decodeError("n5", "the block is cut short in its header");
  const shape = blockShape.map((_, axis) => view.getUint32(4 + 4 * (rank - 1 - axis)));
  if (shape.some((n, axis) => n > blockShape[axis]!))
    throw decodeError(
      "n5",
      `a block of [${shape.join(", ")}] in a dataset of blocks of [${blockShape.join(", ")}]`,
    );
  if (mode === MODES.counted && view.getUint32(length - 4) !== sizeOf(shape)) {
    throw decodeError(
      "n5",
      `the block counts ${view.getUint32(length - 4)} elements for a shape of [${shape.join(", ")}]: varying lengths are not supported`,
    );
  }
  return { shape, bytes: length };
}
