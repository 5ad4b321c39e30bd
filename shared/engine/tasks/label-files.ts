import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { release } from "../../block/release.ts";
import { LamellaError } from "../../errors.ts";
import { allocateBytes } from "../../storage/bytes.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";

/**
 * The side files of whole-array labelling, in the run's folder: `label/<side>/<block>.<part>`, each a zstd frame of one or more
 * typed arrays. `firsts`: C-order index in the whole array of each local label's first voxel. `faces`: the label planes on
 * the block's connected faces. `traits`: what is known of each component, float64, where components are chosen. `pairs`: (neighbour block, own label, its label) that touch. `map`: local to final labels (or a byte
 * for each: 1 where the component is kept).
 */
export type LabelPart = "firsts" | "traits" | "faces" | "pairs" | "map";

/** Output is taken in buffers of this size: many small ones, which live on for different times, would scatter memory. */
const UNPACK_STEP = 2 ** 18;
/** Files that one task has on their way at once. */
export const FILES_IN_FLIGHT = 8;

/** With a checksum of what is packed: labels that changed look like any others. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };

export function labelKey(side: string, block: number, part: LabelPart): string {
  return `label/${side}/${block}.${part}`;
}

export async function putLabelFile(
  session: WorkerSession,
  key: string,
  bytes: Uint8Array,
): Promise<ObjectRecord> {
  const packed = zstdCompressSync(bytes, { params: PARAMS });
  await session.folder.put(key, packed);
  return { array: "run", key, size: packed.byteLength, crc32: crc32(packed).toString(16).padStart(8, "0") };
}

/** The unpacked bytes, at the start of a buffer of their own, which whoever gets them may release. */
export async function getLabelFile(session: WorkerSession, key: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await session.folder.get(key);
  if (!packed) {
    throw new LamellaError("CHUNK_MISSING", `the run's folder lost ${key}`, {
      hint: "Run again, or resume with --verify.",
      details: { key },
    });
  }
  return unpackLabelFile(packed, key);
}

/** The bytes of a packed file. Throws CHUNK_DECODE. */
export function unpackLabelFile(packed: Uint8Array, key: string): Uint8Array<ArrayBuffer> {
  try {
    const unpacked = zstdDecompressSync(packed, { chunkSize: UNPACK_STEP });
    const bytes = allocateBytes(unpacked.byteLength);
    bytes.set(unpacked);
    release(unpacked);
    return bytes;
  } catch (error) {
    throw new LamellaError("CHUNK_DECODE", `${key} in the run's folder does not decode`, {
      hint: "Resume with --verify.",
      cause: error,
      details: { key },
    });
  }
}

/** The unpacked files of all blocks in their order, some read ahead. */
export async function* labelFiles(
  session: WorkerSession,
  side: string,
  blocks: number,
  part: LabelPart,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const ahead: Promise<Uint8Array<ArrayBuffer>>[] = [];
  for (let block = 0; block < blocks + FILES_IN_FLIGHT; block++) {
    if (block < blocks) {
      const file = getLabelFile(session, labelKey(side, block, part));
      // Whoever takes it sees the error; one that nobody takes any more says nothing.
      file.catch(() => {});
      ahead.push(file);
    }
    if (block >= FILES_IN_FLIGHT && ahead.length > 0) yield await ahead.shift()!;
  }
  while (ahead.length > 0) yield await ahead.shift()!;
}
