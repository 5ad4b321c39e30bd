// Exact sums are numbers in base 2^32: digit k, an i64, weighs 2^(32 k) units. Adding puts less than 2^32 into a
// digit, so 2^31 additions fit before the carries have to move up (Neal 2015, "Fast exact summation using small and
// large superaccumulators"). The top digit keeps its sign and its 64 bits.

export const MASK: u64 = 0xffffffff;

@inline
export function addTo(state: usize, digit: usize, value: i64): void {
  const at = state + (digit << 3);
  store<i64>(at, load<i64>(at) + value);
}

/** Adds `m` << `position` units, `m` < 2^64, negated where `sign` is -1 (0 otherwise); three digits. */
@inline
export function addShifted(state: usize, position: usize, m: u64, sign: i64): void {
  const at = state + ((position >> 5) << 3);
  const shift: u64 = position & 31;
  const rest = m >> (32 - shift);
  const low = <i64>((m << shift) & MASK);
  const middle = <i64>(rest & MASK);
  const high = <i64>(rest >> 32);
  store<i64>(at, load<i64>(at) + ((low ^ sign) - sign));
  store<i64>(at, load<i64>(at, 8) + ((middle ^ sign) - sign), 8);
  store<i64>(at, load<i64>(at, 16) + ((high ^ sign) - sign), 16);
}

/** The same for a value that ends within two digits: `m` < 2^33. */
@inline
export function addShifted2(state: usize, position: usize, m: u64, sign: i64): void {
  const at = state + ((position >> 5) << 3);
  const v = m << (<u64>position & 31);
  const low = <i64>(v & MASK);
  const high = <i64>(v >> 32);
  store<i64>(at, load<i64>(at) + ((low ^ sign) - sign));
  store<i64>(at, load<i64>(at, 8) + ((high ^ sign) - sign), 8);
}

/** Moves the carries up: all digits but the top one become 0 .. 2^32 - 1. */
export function normalizeDigits(state: usize, digits: usize): void {
  let carry: i64 = 0;
  for (let k: usize = 0; k + 1 < digits; k++) {
    const v = load<i64>(state + (k << 3)) + carry;
    store<i64>(state + (k << 3), v & <i64>MASK);
    carry = v >> 32;
  }
  addTo(state, digits - 1, carry);
}

/** Word `k` (0 .. digits) of a normalised number's two's complement, 32 bits. */
@inline
export function wordOf(state: usize, digits: usize, k: usize): u32 {
  return k < digits ? load<u32>(state + (k << 3)) : load<u32>(state + ((digits - 1) << 3), 4);
}
