import { crc32 } from "node:zlib";
import type { Block } from "../block/block.ts";
import { chunkRegion, chunksMeeting } from "../block/chunk-grid.ts";
import { copyBox, fill } from "../block/copy.ts";
import type { Region } from "../block/region.ts";
import { release } from "../block/release.ts";
import type { HeapBlock } from "../kernels/heap.ts";
import { objectShape, WRITES_IN_FLIGHT } from "../plan/builder.ts";
import type { ObjectStore } from "../storage/store.ts";
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
  const writer = await BlockWriter.open(session, array);
  try {
    await writer.add(block, region);
  } finally {
    await writer.settle();
  }
  return writer.records();
}

/** Encodes the objects of blocks of a stored array, and writes them while the next ones are made. */
export class BlockWriter {
  readonly #session: WorkerSession;
  readonly #array: string;
  readonly #store: ObjectStore;
  readonly #records: ObjectRecord[] = [];
  readonly #flying = new Set<Promise<void>>();
  #failed: { readonly error: unknown } | undefined;

  private constructor(session: WorkerSession, array: string, store: ObjectStore) {
    this.#session = session;
    this.#array = array;
    this.#store = store;
  }

  static async open(session: WorkerSession, array: string): Promise<BlockWriter> {
    return new BlockWriter(session, array, await session.store(session.stored(array).uri));
  }

  /** Encodes the whole objects of a block. It may be freed when this returns. Throws what an earlier write failed with. */
  async add(block: HeapBlock, region: Region): Promise<void> {
    const { spec } = this.#session.stored(this.#array);
    const unit = objectShape(spec);
    const coordsList = region.shape.length === 0 ? [[]] : [...chunksMeeting(region, unit)];
    for (const coords of coordsList) {
      const box = chunkRegion(spec.shape, unit, coords);
      this.#put(chunkKey(spec, coords), encode(this.#session, spec, block, region, box));
      if (this.#flying.size >= WRITES_IN_FLIGHT) await Promise.race(this.#flying);
      if (this.#failed) throw this.#failed.error;
    }
  }

  /** Waits for what is on its way. */
  async settle(): Promise<void> {
    await Promise.all(this.#flying);
  }

  /** What was written, once it has settled. Throws what a write failed with. */
  records(): ObjectRecord[] {
    if (this.#failed) throw this.#failed.error;
    return this.#records;
  }

  #put(name: string, bytes: Uint8Array | undefined): void {
    const { path } = this.#session.stored(this.#array);
    const array = this.#array;
    const key = path === "" ? name : `${path}/${name}`;
    if (!bytes) {
      this.#records.push({ array, key, size: 0, crc32: "" });
      return;
    }
    const sum = crc32(bytes).toString(16).padStart(8, "0");
    this.#records.push({ array, key, size: bytes.byteLength, crc32: sum });
    const { signal } = this.#session;
    const put = this.#store
      .put(key, bytes, { ...(signal ? { signal } : {}) })
      .then(
        () => {},
        (error: unknown) => {
          this.#failed ??= { error };
        },
      )
      .finally(() => {
        this.#flying.delete(put);
        release(bytes);
      });
    this.#flying.add(put);
  }
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
