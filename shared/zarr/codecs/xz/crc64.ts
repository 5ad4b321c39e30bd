// The polynomial of ECMA-182, bits reversed, in halves: JavaScript's bitwise operations have 32 bits.
const HIGH = 0xc96c5795;
const LOW = 0xd7870f42;

let tables: readonly [high: Uint32Array, low: Uint32Array] | undefined;

/** CRC-64 as .xz has it. */
export function crc64(bytes: Uint8Array): bigint {
  tables ??= makeTables();
  const [highs, lows] = tables;
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ lows[index]!;
    high = (high >>> 8) ^ highs[index]!;
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}

function makeTables(): [Uint32Array, Uint32Array] {
  const highs = new Uint32Array(256);
  const lows = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let high = 0;
    let low = i;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd) {
        high ^= HIGH;
        low ^= LOW;
      }
    }
    highs[i] = high;
    lows[i] = low;
  }
  return [highs, lows];
}
