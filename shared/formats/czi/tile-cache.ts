import type { TypedArray } from "../../block/dtype.ts";
import { release } from "../../block/release.ts";
import type { Tile } from "./tile.ts";

/** Decoded bytes that a source keeps: tiles of a mosaic lie across chunks, which are read soon after each other. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Pixels on loan. */
export interface Loan {
  readonly data: TypedArray;
  /** Gives the pixels back: they may be gone afterwards. */
  done(): void;
}

interface Held {
  readonly data: Promise<TypedArray>;
  bytes: number;
  users: number;
}

/** The decoded tiles that were used last, up to a few megabytes; readers of one tile at a time share one decoding. */
export class TileCache {
  /** Least recently used first. */
  readonly #held = new Map<Tile, Held>();
  #bytes = 0;

  /** The pixels of a tile, which `load` gives where they aren't kept. */
  async borrow(tile: Tile, load: () => Promise<TypedArray>): Promise<Loan> {
    const held = this.#held.get(tile) ?? this.#load(tile, load);
    this.#held.delete(tile);
    this.#held.set(tile, held);
    held.users++;
    let data: TypedArray;
    try {
      data = await held.data;
    } catch (error) {
      if (this.#held.get(tile) === held) this.#held.delete(tile);
      throw error;
    }
    return {
      data,
      done: () => {
        held.users--;
        this.#trim();
      },
    };
  }

  #load(tile: Tile, load: () => Promise<TypedArray>): Held {
    const held: Held = {
      data: load().then((data) => {
        held.bytes = data.byteLength;
        this.#bytes += data.byteLength;
        return data;
      }),
      bytes: 0,
      users: 0,
    };
    this.#held.set(tile, held);
    return held;
  }

  #trim(): void {
    for (const [tile, held] of this.#held) {
      if (this.#bytes <= MAX_BYTES) return;
      if (held.users > 0 || held.bytes === 0) continue;
      this.#held.delete(tile);
      this.#bytes -= held.bytes;
      held.data.then(release);
    }
  }
}
