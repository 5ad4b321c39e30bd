/**
 * Objects by key and size, of which a set of ten million takes 128 MiB: it keeps a hash of 64 bits each. One that was never added is
 * taken for there once in 2^64 / 10^7 times, far less often than two chunks have one CRC-32.
 */
export class ObjectSet {
  /** Two words a slot; both 0 where it is free. */
  #slots = new Uint32Array(2 * 1024);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  add(key: string, bytes: number): void {
    if (10 * this.#count >= 7 * (this.#slots.length / 2)) this.#grow();
    hash(key, bytes);
    if (this.#put(high, low)) this.#count++;
  }

  has(key: string, bytes: number): boolean {
    hash(key, bytes);
    const slots = this.#slots;
    for (let at = slotOf(slots, high, low); ; at = (at + 2) % slots.length) {
      if (slots[at] === high && slots[at + 1] === low) return true;
      if (slots[at] === 0 && slots[at + 1] === 0) return false;
    }
  }

  /** False where it was there. */
  #put(first: number, second: number): boolean {
    const slots = this.#slots;
    for (let at = slotOf(slots, first, second); ; at = (at + 2) % slots.length) {
      if (slots[at] === first && slots[at + 1] === second) return false;
      if (slots[at] !== 0 || slots[at + 1] !== 0) continue;
      slots[at] = first;
      slots[at + 1] = second;
      return true;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2)
      if (before[at] !== 0 || before[at + 1] !== 0) this.#put(before[at]!, before[at + 1]!);
  }
}

function slotOf(slots: Uint32Array, first: number, second: number): number {
  return 2 * (((first ^ second) >>> 0) % (slots.length / 2));
}

/** The last hash; two numbers, so that ten million keys make no objects. */
let high = 0;
let low = 0;

/** Two multiplicative hashes over UTF-16 units, mixed as in MurmurHash3's finaliser; never 0 and 0, which is a free slot. */
function hash(key: string, bytes: number): void {
  let a = 0xdeadbeef ^ bytes;
  let b = 0x41c6ce57 ^ Math.floor(bytes / 2 ** 32);
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  a = mixed(a ^ (b >>> 13));
  b = mixed(b ^ (a >>> 11));
  high = a === 0 && b === 0 ? 1 : a;
  low = b;
}

function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
