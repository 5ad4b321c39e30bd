/** Whole numbers below a bound, the same for the same seed (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return Math.floor((((n ^ (n >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const EXTREMES = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Where damage is likeliest to matter: offset and length. */
export type Weak = readonly (readonly [offset: number, length: number])[];

/** A copy with one to four bits, bytes, numbers or pieces changed, or its end cut off; half of them in the weak places. */
export function mutate(bytes: Uint8Array, random: (below: number) => number, weak: Weak): Uint8Array {
  let out = bytes.slice();
  const place = (): number => {
    const [offset, length] = random(2) === 0 ? weak[random(weak.length)]! : [0, out.length];
    return Math.min(out.length - 1, offset + random(length));
  };
  for (let i = random(4) + 1; i > 0; i--) {
    const at = place();
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    const extreme = EXTREMES[random(EXTREMES.length)]!;
    switch (random(6)) {
      case 0:
        out[at] = out[at]! ^ (1 << random(8));
        break;
      case 1:
        out[at] = random(256);
        break;
      case 2:
        if (at + 4 <= out.length) view.setUint32(at, extreme, random(4) > 0);
        break;
      case 3:
        if (at + 4 <= out.length) view.setUint32(at, view.getUint32(at, true) + random(9) - 4, true);
        break;
      case 4:
        out.copyWithin(at, place(), place());
        break;
      default:
        if (random(4) === 0) out = out.slice(0, Math.max(1, at));
    }
  }
  return out;
}
