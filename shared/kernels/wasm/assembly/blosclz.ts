// BloscLZ, the FastLZ-like format that c-blosc 1.x calls by that name. Decoding only, bounded.

import { copyLiterals, copyMatch } from "./match";

/** Distances up to this fit the short form of a match. */
const SHORT_DISTANCE: usize = 8191;

/** Decompresses into at most `capacity` bytes. Returns the decompressed size, or -1 for a malformed stream. */
export function bloscLzDecode(dst: usize, capacity: usize, src: usize, length: usize): i32 {
  const end = src + length;
  const out = dst + capacity;
  let ip = src;
  let op = dst;
  if (ip >= end) return -1;
  let control = <usize>(load<u8>(ip++) & 31);
  while (true) {
    if (control >= 32) {
      let matched = (control >> 5) - 1;
      if (matched == 6) {
        let more: u8;
        do {
          if (ip >= end) return -1;
          more = load<u8>(ip++);
          matched += more;
        } while (more == 255);
      }
      matched += 3;
      if (ip >= end) return -1;
      const high = (control & 31) << 8;
      const low = <usize>load<u8>(ip++);
      let distance = high + low + 1;
      if (low == 255 && high == 31 << 8) {
        if (end - ip < 2) return -1;
        distance = SHORT_DISTANCE + (((<usize>load<u8>(ip)) << 8) | <usize>load<u8>(ip + 1)) + 1;
        ip += 2;
      }
      if (matched > out - op || distance > op - dst) return -1;
      copyMatch(op, distance, matched, out);
      op += matched;
    } else {
      const literals = control + 1;
      if (literals > end - ip || literals > out - op) return -1;
      copyLiterals(op, ip, literals, out, end);
      ip += literals;
      op += literals;
    }
    if (ip >= end) return <i32>(op - dst);
    control = <usize>load<u8>(ip++);
  }
}
