const CLEAR = 256;
const END = 257;
const FIRST = 258;
/** The table is given up one code before it is full: 4094 is the last that the decoder's width allows for. */
const FULL = 4094;
/** A prime well above the number of strings keeps searches short. */
const SLOTS = 9001;

/**
 * LZW as TIFF 6.0 section 13 has it: codes from the highest bit on, from 9 bits to 12, widened one code early. The
 * same strings and clear codes as libtiff's encoder.
 */
export function encodeLzw(bytes: Uint8Array): Uint8Array {
  // Never more than 12 bits a byte, and the codes at both ends.
  const out = new Uint8Array(Math.ceil(bytes.length * 1.5) + 8);
  const keys = new Int32Array(SLOTS);
  const codes = new Uint16Array(SLOTS);
  let at = 0;
  let bits = 0;
  let held = 0;
  let width = 9;
  let next = FIRST;
  const put = (code: number): void => {
    bits = (bits << width) | code;
    held += width;
    while (held >= 8) {
      held -= 8;
      out[at++] = bits >>> held;
    }
    bits &= (1 << held) - 1;
  };
  const clear = (): void => {
    put(CLEAR);
    keys.fill(0);
    width = 9;
    next = FIRST;
  };
  /** Makes room for one more string. */
  const widen = (): void => {
    if (next === FULL) clear();
    else if (next > (1 << width) - 1) width++;
  };
  clear();
  if (bytes.length > 0) {
    let string = bytes[0]!;
    for (let i = 1; i < bytes.length; i++) {
      const byte = bytes[i]!;
      // Keys begin at 1: 0 is an empty slot.
      const key = ((string << 8) | byte) + 1;
      let slot = ((byte << 5) ^ string) % SLOTS;
      while (keys[slot] !== 0 && keys[slot] !== key) slot = slot + 1 === SLOTS ? 0 : slot + 1;
      if (keys[slot] === key) {
        string = codes[slot]!;
        continue;
      }
      put(string);
      keys[slot] = key;
      codes[slot] = next++;
      string = byte;
      widen();
    }
    put(string);
    next++;
    widen();
  }
  put(END);
  if (held > 0) out[at++] = bits << (8 - held);
  return out.slice(0, at);
}
