import { type Block, newBlock } from "../../shared/block/block.ts";
import { bytesOf, type DType } from "../../shared/block/dtype.ts";
import { VOLUME_CHUNKS, type VolumeSize, volumeBoxes } from "../volume.ts";

const SMALL = [16, 64, 72] as const;
/** Counts above which the mask is: two fifths of all, blobs whose edges are noisy. */
const BRIGHT = 120;

/** What kernels are run on: three images of each dtype, a mask and markers, all of one shape. */
export interface Inputs {
  readonly shape: readonly number[];
  readonly images: { readonly [dtype: string]: readonly Block[] };
  readonly mask: Block;
  /** Seeds, int32: the bright corners of a lattice, numbered. */
  readonly markers: Block;
}

/** Boxes of blobs with camera noise, 16 x 512 x 512 large; always the same. */
export function makeInputs(size: VolumeSize): Inputs {
  const shape = size === "large" ? VOLUME_CHUNKS : SMALL;
  const [, height, width] = shape;
  const counts = volumeBoxes(
    [
      [0, 0, 0],
      [0, 0, width],
      [0, height, 0],
    ].map((start) => ({ start, shape })),
  );
  const images: { [dtype: string]: Block[] } = {
    uint8: counts.map((block) => mapped(block, "uint8", (count) => Math.min(255, count >> 3))),
    uint16: counts,
    float32: counts.map((block) => mapped(block, "float32", (count) => count / 3)),
  };
  const [first] = counts as [Block];
  return {
    shape: first.shape,
    images,
    mask: mapped(first, "bool", (count) => Number(count > BRIGHT)),
    markers: seeds(first),
  };
}

function mapped(block: Block, dtype: DType, value: (count: number) => number): Block {
  const result = newBlock(dtype, block.shape);
  for (let i = 0; i < block.data.length; i++) result.data[i] = value(Number(block.data[i]));
  return result;
}

function seeds(block: Block): Block {
  const result = newBlock("int32", block.shape);
  const [depth = 0, height = 0, width = 0] = block.shape;
  let number = 0;
  for (let z = 4; z < depth; z += 8)
    for (let y = 8; y < height; y += 16)
      for (let x = 8; x < width; x += 16) {
        const at = (z * height + y) * width + x;
        if (Number(block.data[at]) > BRIGHT) result.data[at] = ++number;
      }
  return result;
}

/** As a partner reads them: raw bytes by name. */
export function inputFiles({ images, mask, markers }: Inputs): Map<string, Uint8Array> {
  const files = new Map([
    ["mask", bytesOf(mask.data)],
    ["markers", bytesOf(markers.data)],
  ]);
  for (const [dtype, blocks] of Object.entries(images))
    for (const [i, block] of blocks.entries()) files.set(`${dtype}-${i}`, bytesOf(block.data));
  return files;
}
