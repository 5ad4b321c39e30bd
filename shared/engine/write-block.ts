import { crc32 } from "node:zlib";
import { type Block, newBlock } from "../block/block.ts";
import { chunkRegion, chunksMeeting } from "../block/chunk-grid.ts";
import { copyBox } from "../block/copy.ts";
import type { Region } from "../block/region.ts";
import { objectShape } from "../plan/builder.ts";
import { chunkKey, encodeChunk, encodeShard } from "../zarr/write.ts";
import type { ObjectRecord } from "./outcome.ts";
import type { WorkerSession } from "./session.ts";

/** Objects of a task that may be on their way to the store at once. */
const WRITES_IN_FLIGHT = 4;

/** Encodes and writes the whole objects (chunks or shards) that make up a region of a stored array. */
export async function writeBlock(
  session: WorkerSession,
  array: string,
  block: Block,
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
    const piece = cut(block, region, box);
    const bytes = spec.shardShape ? encodeShard(spec, piece) : encodeChunk(spec, piece);
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
      .finally(() => flying.delete(put));
    flying.add(put);
    if (flying.size >= WRITES_IN_FLIGHT) await Promise.race(flying);
    if (failed) break;
  }
  await Promise.all(flying);
  if (failed) throw failed.error;
  return records;
}

function cut(block: Block, region: Region, box: Region): Block {
  if (box.shape.every((n, axis) => n === block.shape[axis])) return block;
  const piece = newBlock(block.dtype, box.shape);
  const from = box.start.map((s, axis) => s - region.start[axis]!);
  copyBox(
    block,
    from,
    piece,
    box.shape.map(() => 0),
    box.shape,
  );
  return piece;
}
