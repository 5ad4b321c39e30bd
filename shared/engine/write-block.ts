import { crc32 } from "node:zlib";
import type { Block } from "../block/block.ts";
import { chunkRegion, chunksMeeting } from "../block/chunk-grid.ts";
import { copyBox, fill } from "../block/copy.ts";
import type { Region } from "../block/region.ts";
import { release } from "../block/release.ts";
import type { HeapBlock } from "../kernels/heap.ts";
import { objectShape, WRITES_IN_FLIGHT } from "../plan/builder.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import { chunkKey, encodeChunk, encodeShard, fillValueOf } from "../zarr/write.ts";
import type { ObjectRecord } from "./outcome.ts";
import type { WorkerSession } from "./session.ts";

/** Encodes and writes the whole objects (chunks or shards) that make up a region of a stored array. */
export async function writeBlock(
  session: WorkerSession,
  array: string,
  block: HeapBlock,
  region: Region,
): Promise<ObjectRecord[]> {
  const { spec, path, uri } = session.stored(array);
  const store = await session.store(uri);
  const unit = objectShape(spec);
  const records: ObjectRecord[] = [];
  const flying = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  const coordsList = region.shape.length === 0 ? [[]] : [...chunksMeeting(region, unit)];
  for (const coords of coordsList) {
    const box = chunkRegion(spec.shape, unit, coords);
    const bytes = encode(session, spec, block, region, box);
    const name = chunkKey(spec, coords);
    const key = path === "" ? name : `${path}/${name}`;
    if (!bytes) {
      records.push({ array, key, size: 0, crc32: "" });
      continue;
    }
    records.push({ array, key, size: bytes.byteLength, crc32: crc32(bytes).toString(16).padStart(8, "0") });
    const put = store
      .put(key, bytes, { ...(session.signal ? { signal: session.signal } : {}) })
      .then(
        () => {},
        (error: unknown) => {
          failed ??= { error };
        },
      )
      .finally(() => {
        flying.delete(put);
        release(bytes);
      });
    flying.add(put);
    if (flying.size >= WRITES_IN_FLIGHT) await Promise.race(flying);
    if (failed) break;
  }
  await Promise.all(flying);
  if (failed) throw failed.error;
  return records;
}

/** Encodes one object: the block itself where it is that object, else a copy in the heap, padded at the array's end. */
function encode(
  session: WorkerSession,
  spec: ArraySpec,
  block: HeapBlock,
  region: Region,
  box: Region,
): Uint8Array | undefined {
  const { heap } = session;
  const run = (piece: Block) =>
    spec.shardShape ? encodeShard(spec, piece, heap) : encodeChunk(spec, piece, heap);
  const unit = objectShape(spec);
  if (unit.every((n, axis) => n === block.shape[axis])) return run(block);
  const whole = spec.shardShape ? box.shape : unit;
  const piece = heap.alloc(block.dtype, whole);
  try {
    if (whole.some((n, axis) => n !== box.shape[axis])) fill(piece.data, piece.dtype, fillValueOf(spec));
    const from = box.start.map((s, axis) => s - region.start[axis]!);
    const origin = box.shape.map(() => 0);
    copyBox(block, from, piece, origin, box.shape);
    return run(piece);
  } finally {
    heap.free(piece);
  }
}
