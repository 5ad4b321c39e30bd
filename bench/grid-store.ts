import { cellAt } from "../shared/block/grid-order.ts";
import type { BatchItem } from "../shared/engine/protocol.ts";
import { type Receipt, receiptKey } from "../shared/engine/receipts.ts";
import { seal } from "../shared/engine/sealed.ts";
import { ChildStore } from "../shared/storage/child.ts";
import { compareKeys } from "../shared/storage/key.ts";
import type { ListOptions, ObjectEntry, ObjectInfo, ObjectStore } from "../shared/storage/store.ts";

/** Keys in a page of S3's listings. */
const PAGE = 1000;
const BYTES = 60_000;

export interface Requests {
  pages: number;
  heads: number;
  gets: number;
  /** Pages that were on their way at one time. */
  mostPagesAtOnce: number;
}

/** What a run of one stage, a chunk of a grid a task, leaves: made up when it is asked for, so that millions take no room. */
export class GridStore implements ObjectStore {
  readonly uri = "s3://control";
  readonly requests: Requests = { pages: 0, heads: 0, gets: 0, mostPagesAtOnce: 0 };
  /** Chunks that are gone though their receipt is there, by key. */
  readonly missing = new Set<string>();
  readonly #grid: readonly number[];
  readonly #planHash: string;
  readonly #batches: readonly BatchItem[];
  readonly #chunks: string;
  readonly #receipts: string;
  /** Positions along each axis in the order of their keys. */
  readonly #names: readonly (readonly string[])[];
  readonly #taken = new Set<string>();
  #listing = 0;

  constructor(runId: string, planHash: string, grid: readonly number[], batchSize: number) {
    this.#grid = grid;
    this.#planHash = planHash;
    const tasks = grid.reduce((a, b) => a * b, 1);
    this.#batches = Array.from({ length: Math.ceil(tasks / batchSize) }, (_, batch) => ({
      batch,
      start: batch * batchSize,
      end: Math.min(tasks, (batch + 1) * batchSize),
    }));
    this.#chunks = `runs/${runId}/data/out/c/`;
    this.#receipts = `runs/${runId}/receipts/0/`;
    this.#names = grid.map((n, axis) =>
      Array.from({ length: n }, (_, i) => (axis === grid.length - 1 ? String(i) : `${i}/`)).sort(compareKeys),
    );
  }

  /** How many receipts there are. */
  get receipts(): number {
    return this.#batches.length;
  }

  /** Batches whose receipts were taken back. */
  get takenBack(): ReadonlySet<string> {
    return this.#taken;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.requests.gets++;
    await asOverANetwork();
    if (!key.startsWith(this.#receipts) || this.#taken.has(key)) return undefined;
    return seal(this.#receiptOf(this.#batches[Number.parseInt(key.slice(this.#receipts.length), 10)]!));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    this.requests.heads++;
    await asOverANetwork();
    return this.missing.has(key) ? undefined : { size: BYTES, etag: "e" };
  }

  async put(key: string, bytes: Uint8Array): Promise<ObjectInfo> {
    if (key.startsWith(this.#receipts)) this.#taken.add(key);
    return { size: bytes.length, etag: "e" };
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    const keys = prefix === this.#receipts ? this.#receiptKeys() : this.#chunkKeys(prefix, after);
    await this.#page();
    let onPage = 0;
    for (const key of keys) {
      if (this.missing.has(key)) continue;
      if (onPage++ === PAGE) {
        await this.#page();
        onPage = 1;
      }
      yield { key, size: BYTES, etag: "e" };
    }
  }

  child(path: string): ObjectStore {
    return new ChildStore(this, path);
  }

  async #page(): Promise<void> {
    this.requests.pages++;
    this.requests.mostPagesAtOnce = Math.max(this.requests.mostPagesAtOnce, ++this.#listing);
    await asOverANetwork();
    this.#listing--;
  }

  *#receiptKeys(): Generator<string> {
    const folder = this.#receipts.slice(0, -"receipts/0/".length);
    for (const { batch } of this.#batches) yield folder + receiptKey(0, batch);
  }

  *#chunkKeys(prefix: string, after: string | undefined): Generator<string> {
    if (!this.#chunks.startsWith(prefix) && !prefix.startsWith(this.#chunks))
      throw new Error(`nobody asks for ${prefix}`);
    const names = this.#names;
    // Where the cell of the key before lies in each axis's order.
    const from = after?.slice(this.#chunks.length).split("/");
    const at = names.map((all, axis) => {
      const name = from?.[axis];
      return name === undefined ? 0 : all.indexOf(axis === names.length - 1 ? name : `${name}/`);
    });
    if (after !== undefined) at[at.length - 1]!++;
    for (;;) {
      for (let axis = at.length - 1; axis > 0 && at[axis]! >= names[axis]!.length; axis--) {
        at[axis] = 0;
        at[axis - 1]!++;
      }
      if (at[0]! >= names[0]!.length) return;
      const key = this.#chunks + at.map((i, axis) => names[axis]![i]!).join("");
      if (key.startsWith(prefix)) yield key;
      at[at.length - 1]!++;
    }
  }

  #receiptOf(item: BatchItem): Receipt {
    const objects = Array.from({ length: item.end - item.start }, (_, i) => {
      const key = `data/out/c/${cellAt(item.start + i, this.#grid).join("/")}`;
      return ["run", key, BYTES, "89abcdef"] as const;
    });
    const figures = { seconds: 100, bytesRead: 1e8, bytesWritten: 1e8, peakHeap: 1e7 };
    return { ...item, ...figures, version: 1, planHash: this.#planHash, stage: 0, objects };
  }

  getRange(): never {
    throw new Error("nobody reads ranges");
  }
  putIfAbsent(): never {
    throw new Error("nobody claims");
  }
  delete(): never {
    throw new Error("nobody deletes");
  }
  listDirectory(): never {
    throw new Error("nobody lists folders");
  }
}

/** Others get their turn meanwhile. */
function asOverANetwork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
