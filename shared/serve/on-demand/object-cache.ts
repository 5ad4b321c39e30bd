/** What an entry takes beside its bytes. */
const ENTRY = 256;

/** Encoded objects, the most recently used up to so many bytes; undefined stands for one that holds the fill value alone. */
export class ObjectCache {
  readonly limit: number;
  readonly #objects = new Map<string, Uint8Array | undefined>();
  #bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  get(key: string): Uint8Array | undefined {
    const found = this.#objects.get(key);
    if (!this.#objects.delete(key)) return undefined;
    this.#objects.set(key, found);
    return found;
  }

  set(key: string, bytes: Uint8Array | undefined): void {
    this.#drop(key);
    this.#objects.set(key, bytes);
    this.#bytes += sizeOf(bytes);
    for (const oldest of this.#objects.keys()) {
      if (this.#bytes <= this.limit) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    if (!this.#objects.has(key)) return;
    this.#bytes -= sizeOf(this.#objects.get(key));
    this.#objects.delete(key);
  }
}

function sizeOf(bytes: Uint8Array | undefined): number {
  return ENTRY + (bytes?.byteLength ?? 0);
}
