/**
 * Slots of equal size in memory that threads share: which is whose, in a table beside them that one thread at a time looks at. Nothing
 * here waits for other threads' work: what they are at is told, and what can't be had is refused.
 */
export interface SlotsMemory {
  readonly table: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
  readonly slotBytes: number;
}

/** What a slot holds. */
export interface SlotKey {
  readonly array: number;
  /** Number of the chunk in its grid. */
  readonly cell: number;
}

/** Cells are numbered in a word of the table. */
export const MOST_CELLS = 2 ** 31 - 1;

const FREE = 0;
/** One thread is filling it. */
const LOADING = 1;
const READY = 2;
/** Is given up as soon as nobody reads it. */
const LEAVING = 3;

// Words of the table: its lock, its clock, then those of each slot.
const LOCK = 0;
const CLOCK = 1;
const SLOTS_AT = 2;
const SLOT_WORDS = 8;
const STATE = 0;
const ARRAY = 1;
const CELL = 2;
/** Threads that read it. */
const READERS = 3;
/** The task that will take it whole. */
const TURN = 4;
const USED = 5;
/** For the owner's own use. */
const FORM = 6;
/** The last task that may ask for it. */
const UNTIL = 7;

/** A thread holds the lock for microseconds; one that died with it never gives it back. */
const LOCK_MS = 5_000;

export function newSlots(slots: number, slotBytes: number): SlotsMemory {
  return {
    table: new SharedArrayBuffer((SLOTS_AT + slots * SLOT_WORDS) * 4),
    data: new SharedArrayBuffer(slots * slotBytes),
    slotBytes,
  };
}

/** When what a slot holds is wanted, by the numbers of tasks. */
export interface SlotUse {
  /** The task that will take it whole. */
  readonly turn: number;
  /** The last task that may ask for it; without, it is there until it is left for the last time. */
  readonly until?: number;
  /** Tasks before this one have ended. */
  readonly done: number;
}

export type Found =
  | { readonly state: "ready" | "loading"; readonly slot: number }
  | { readonly state: "none" };

export type Taken =
  | Found
  | {
      readonly state: "mine";
      readonly slot: number;
      /** What had to go for it: its bytes are there until the caller writes its own. */
      readonly gone: (SlotKey & { readonly form: number }) | undefined;
    };

const NONE: Found = { state: "none" };

/** One thread's view of shared slots. */
export class SharedSlots {
  readonly #memory: SlotsMemory;
  readonly #words: Int32Array;
  readonly #slots: number;

  constructor(memory: SlotsMemory) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.table);
    this.#slots = (this.#words.length - SLOTS_AT) / SLOT_WORDS;
  }

  bytes(slot: number): Uint8Array<SharedArrayBuffer> {
    const { data, slotBytes } = this.#memory;
    return new Uint8Array(data, slot * slotBytes, slotBytes);
  }

  /** The slot that holds something, which nobody takes away until `leave`. */
  find(key: SlotKey): Found {
    return this.#locked(() => this.#find(key)) ?? NONE;
  }

  /**
   * As `find`; where it is nowhere, a slot that the caller has to fill: then `publish` it, or `abandon` it. What nobody will ask for goes
   * first, before slots that were never used, whose memory isn't there yet. Where none is free the one goes whose turn comes last, those
   * before `done` count as past, and among equals the one that was used longest ago; not for one whose own turn is later.
   */
  findOrTake(key: SlotKey, use: SlotUse): Taken {
    return (
      this.#locked((): Taken => {
        const found = this.#find(key);
        if (found.state !== "none") return found;
        const slot = this.#vacate(use);
        if (slot < 0) return NONE;
        const gone =
          this.#get(slot, STATE) === FREE
            ? undefined
            : { array: this.#get(slot, ARRAY), cell: this.#get(slot, CELL), form: this.form(slot) };
        this.#set(slot, STATE, LOADING);
        this.#set(slot, ARRAY, key.array);
        this.#set(slot, CELL, key.cell);
        this.#set(slot, READERS, 0);
        this.#set(slot, TURN, use.turn);
        this.#set(slot, UNTIL, use.until ?? MOST_CELLS);
        return { state: "mine", slot, gone };
      }) ?? NONE
    );
  }

  form(slot: number): number {
    return this.#get(slot, FORM);
  }

  /** What the caller has filled may be read by all, by the caller first, who leaves it in turn. */
  publish(slot: number, form: number): void {
    this.#locked(() => {
      this.#set(slot, FORM, form);
      this.#set(slot, READERS, 1);
      this.#set(slot, USED, this.#tick());
      this.#set(slot, STATE, READY);
    });
    this.#wake(slot);
  }

  /** What the caller was filling can't be had. */
  abandon(slot: number): void {
    this.#locked(() => this.#set(slot, STATE, FREE));
    this.#wake(slot);
  }

  /** The caller has read what it found; with `last` nobody will ask for it again. */
  leave(slot: number, last = false): void {
    this.#locked(() => {
      const readers = this.#get(slot, READERS) - 1;
      this.#set(slot, READERS, readers);
      if (last) this.#set(slot, STATE, LEAVING);
      if (readers === 0 && this.#get(slot, STATE) === LEAVING) this.#set(slot, STATE, FREE);
    });
  }

  /** Waits until what another thread is filling may be there; false where it took longer than `ms`. */
  async loaded(slot: number, ms: number): Promise<boolean> {
    const { async, value } = Atomics.waitAsync(this.#words, this.#at(slot, STATE), LOADING, ms);
    return (async ? await value : value) !== "timed-out";
  }

  #find({ array, cell }: SlotKey): Found {
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#get(slot, CELL) !== cell || this.#get(slot, ARRAY) !== array) continue;
      const state = this.#get(slot, STATE);
      if (state === LOADING) return { state: "loading", slot };
      if (state !== READY && state !== LEAVING) continue;
      this.#set(slot, READERS, this.#get(slot, READERS) + 1);
      this.#set(slot, USED, this.#tick());
      return { state: "ready", slot };
    }
    return NONE;
  }

  #vacate({ turn, done }: SlotUse): number {
    let free = -1;
    let best = -1;
    let latest = turn < done ? MOST_CELLS : turn;
    let oldest = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const state = this.#get(slot, STATE);
      if (state === FREE && free < 0) free = slot;
      if (state !== READY || this.#get(slot, READERS) > 0) continue;
      if (this.#get(slot, UNTIL) < done) return slot;
      const own = this.#get(slot, TURN);
      const when = own < done ? MOST_CELLS : own;
      const used = this.#get(slot, USED);
      if (when < latest || (when === latest && best >= 0 && used >= oldest)) continue;
      best = slot;
      latest = when;
      oldest = used;
    }
    return free < 0 ? best : free;
  }

  #tick(): number {
    const now = (this.#words[CLOCK]! + 1) | 0;
    this.#words[CLOCK] = now;
    return now;
  }

  #at(slot: number, word: number): number {
    return SLOTS_AT + slot * SLOT_WORDS + word;
  }

  #get(slot: number, word: number): number {
    return Atomics.load(this.#words, this.#at(slot, word));
  }

  #set(slot: number, word: number, value: number): void {
    Atomics.store(this.#words, this.#at(slot, word), value);
  }

  #wake(slot: number): void {
    Atomics.notify(this.#words, this.#at(slot, STATE));
  }

  /** Undefined where the lock can't be had: what is shared stays as it is. */
  #locked<T>(action: () => T): T | undefined {
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0) {
      if (Atomics.wait(this.#words, LOCK, 1, LOCK_MS) === "timed-out") return undefined;
    }
    try {
      return action();
    } finally {
      Atomics.store(this.#words, LOCK, 0);
      Atomics.notify(this.#words, LOCK, 1);
    }
  }
}
