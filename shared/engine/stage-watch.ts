import type { Plan } from "../plan/schema.ts";
import type { BatchItem } from "./protocol.ts";
import { type Receipt, receiptKey } from "./receipts.ts";
import type { BatchDone, RunEvent } from "./run-events.ts";
import type { RunFolder } from "./run-folder.ts";

/** Receipts that are read at once. */
const READ_AT_ONCE = 16;

/** Counts the tasks of one stage whose receipts are there; reads all of those where single batches are asked for, else one a look. */
export class StageWatch {
  readonly #folder: RunFolder;
  readonly #plan: Plan;
  readonly #stage: number;
  readonly #tasks: number;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #wantsBatches: boolean;
  readonly #started = performance.now();
  readonly #seen = new Set<number>();
  #batches: readonly BatchItem[] | undefined;
  /** Tasks that were done when the stage was first looked at. */
  #before: number | undefined;

  constructor(
    folder: RunFolder,
    plan: Plan,
    stage: number,
    onEvent: ((event: RunEvent) => void) | undefined,
    wantsBatches: boolean,
  ) {
    this.#folder = folder;
    this.#plan = plan;
    this.#stage = stage;
    this.#tasks = plan.stages[stage]?.tasks ?? 0;
    this.#onEvent = onEvent ?? (() => {});
    this.#wantsBatches = wantsBatches;
  }

  /** Since the stage was first seen. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** The tasks that are done; undefined before the stage has a manifest. */
  async look(): Promise<number | undefined> {
    this.#batches ??= await this.#folder.json<BatchItem[]>(this.#folder.manifestKey(this.#stage));
    if (!this.#batches) return undefined;
    const sizes = new Map(this.#batches.map(({ batch, start, end }) => [batch, end - start]));
    // what the manifest leaves out was done before
    let done = this.#tasks - [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const fresh: number[] = [];
    const last = this.#batches.at(-1)?.batch ?? -1;
    for await (const { key } of this.#folder.store.list(`receipts/${this.#stage}/`)) {
      const batch = Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
      const size = sizes.get(batch);
      // of a manifest that came after: what was left has been shared out again
      if (batch > last) this.#batches = undefined;
      if (size === undefined) continue;
      if (this.#seen.has(batch)) done += size;
      else fresh.push(batch);
    }
    for (const batch of fresh) this.#seen.add(batch);
    if (this.#before === undefined) {
      const all = fresh.reduce((sum, batch) => sum + sizes.get(batch)!, done);
      this.#before = this.#wantsBatches ? done : all;
      const { name } = this.#plan.stages[this.#stage]!;
      this.#onEvent({ type: "stage", stage: this.#stage, name, tasks: this.#tasks, done: this.#before });
    }
    const read = await this.#read(this.#wantsBatches ? fresh : fresh.slice(-1));
    for (const [i, batch] of fresh.entries()) {
      done += sizes.get(batch)!;
      if (this.#wantsBatches) this.#tell(done, read[i]);
    }
    if (!this.#wantsBatches) this.#tell(done, read[0]);
    return done;
  }

  #tell(done: number, batch: BatchDone | undefined): void {
    // the receipts would tell exactly, for the price of reading each
    const share = (done - this.#before!) / Math.max(1, this.#tasks);
    const { bytesRead, bytesWritten } = this.#plan.stages[this.#stage]!.estimate;
    this.#onEvent({
      type: "batch",
      stage: this.#stage,
      done,
      tasks: this.#tasks,
      seconds: this.seconds,
      bytesRead: share * bytesRead,
      bytesWritten: share * bytesWritten,
      ...(batch ? { batch } : {}),
    });
  }

  async #read(batches: readonly number[]): Promise<(BatchDone | undefined)[]> {
    const found = new Array<BatchDone | undefined>(batches.length).fill(undefined);
    const left = batches.entries();
    const lane = async (): Promise<void> => {
      for (const [i, batch] of left) {
        const key = receiptKey(this.#stage, batch);
        const receipt = await this.#folder.json<Receipt>(key).catch(() => undefined);
        if (!receipt) continue;
        const { start, end, seconds, bytesRead, bytesWritten, timing } = receipt;
        found[i] = {
          ...{ batch, start, end, seconds, bytesRead, bytesWritten },
          ...(timing ? { effort: timing } : {}),
        };
      }
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, lane));
    return found;
  }
}
