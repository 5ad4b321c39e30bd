import { address, request } from "./api.ts";

/** Numbers as they are drawn: what WebGL has textures of. */
export type Drawn =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array;

export interface Tile {
  readonly data: Drawn;
  readonly height: number;
  readonly width: number;
}

export interface TileQuery {
  readonly panel: string;
  readonly path: string;
  readonly labels?: string;
  readonly zoom: number;
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly h: number;
  readonly w: number;
}

/** Viv's name of the dtype in which an array's values are drawn. 64-bit numbers are drawn as float32. */
export function drawnDtype(dtype: string): string {
  switch (dtype) {
    case "bool":
      return "Uint8";
    case "float16":
    case "float64":
    case "int64":
    case "uint64":
      return "Float32";
    default:
      return dtype.charAt(0).toUpperCase() + dtype.slice(1);
  }
}

const KEPT_BYTES = 384 * 2 ** 20;

/** Tiles as they came, least recently used first, so that going back over an image asks the server nothing. */
class TileCache {
  readonly #tiles = new Map<string, Tile>();
  #bytes = 0;

  get(key: string): Tile | undefined {
    const tile = this.#tiles.get(key);
    if (tile) {
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
    }
    return tile;
  }

  set(key: string, tile: Tile): void {
    if (this.#tiles.has(key)) return;
    this.#tiles.set(key, tile);
    this.#bytes += tile.data.byteLength;
    for (const [oldest, { data }] of this.#tiles) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#tiles.delete(oldest);
      this.#bytes -= data.byteLength;
    }
  }
}

const cache = new TileCache();

/** How many tiles a panel waits for. */
class PendingTiles {
  readonly #counts = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  add(panel: string, by: number): void {
    this.#counts.set(panel, this.count(panel) + by);
    for (const listener of this.#listeners) listener();
  }

  count(panel: string): number {
    return this.#counts.get(panel) ?? 0;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export const pending = new PendingTiles();

/** Fetches a rectangle of pixels, or takes it from what was fetched before. Throws ApiError, AbortError. */
export async function getTile(query: TileQuery, signal?: AbortSignal): Promise<Tile> {
  const key = address("api/pixels", { ...query });
  const known = cache.get(key);
  if (known) return known;
  pending.add(query.panel, 1);
  try {
    const response = await request(key, signal ? { signal } : {});
    const dtype = response.headers.get("x-lamella-dtype") ?? "";
    const tile = {
      data: toDrawn(await response.arrayBuffer(), dtype),
      height: Number(response.headers.get("x-lamella-height")),
      width: Number(response.headers.get("x-lamella-width")),
    };
    cache.set(key, tile);
    return tile;
  } finally {
    pending.add(query.panel, -1);
  }
}

function toDrawn(buffer: ArrayBuffer, dtype: string): Drawn {
  switch (dtype) {
    case "bool":
    case "uint8":
      return new Uint8Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return Float32Array.from(new Float16Array(buffer));
    case "float64":
      return Float32Array.from(new Float64Array(buffer));
    case "int64":
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case "uint64":
      return Float32Array.from(new BigUint64Array(buffer), Number);
    default:
      throw new Error(`pixels of dtype ${JSON.stringify(dtype)} can't be drawn`);
  }
}
