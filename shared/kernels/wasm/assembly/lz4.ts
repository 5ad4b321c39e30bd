// The LZ4 block format, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. Both directions are bounded: no
// byte outside the given areas is read or written, whatever the input.

import { copyLiterals, copyMatch } from "./match";

const MIN_MATCH: usize = 4;
/** The last five bytes are literals, and the last match starts twelve bytes before the end or earlier. */
const LAST_LITERALS: usize = 5;
const MATCH_LIMIT: usize = 12;
const MAX_DISTANCE: usize = 65535;
const HASH_BITS: u32 = 14;
/** Searches grow their step every 2^SKIP_TRIGGER misses, so that noise passes quickly. */
const SKIP_TRIGGER: u32 = 6;

/** Bytes of scratch that `lz4Encode` wants. */
export function lz4ScratchBytes(): usize {
  return ((<usize>1) << HASH_BITS) * 4;
}

function hashAt(p: usize): usize {
  return (<usize>((load<u32>(p) * 2654435761) >> (32 - HASH_BITS))) << 2;
}

/**
 * Compresses `length` bytes; greedy, single probe; an acceleration above 1 looks at fewer places. Returns the compressed size, or 0 where it would exceed
 * `capacity`.
 */
export function lz4Encode(
  dst: usize,
  capacity: usize,
  src: usize,
  length: usize,
  table: usize,
  acceleration: u32,
): usize {
  const end = src + length;
  const out = dst + capacity;
  let op = dst;
  let anchor = src;
  if (length > MATCH_LIMIT) {
    memory.fill(table, 0, ((<usize>1) << HASH_BITS) * 4);
    const searchEnd = end - MATCH_LIMIT;
    const matchEnd = end - LAST_LITERALS;
    let p = src + 1;
    let misses: u32 = acceleration << SKIP_TRIGGER;
    while (p <= searchEnd) {
      const slot = table + hashAt(p);
      let match = src + <usize>load<u32>(slot);
      store<u32>(slot, <u32>(p - src));
      // an empty slot points at `src` itself: a candidate as any other, for p starts behind it
      if (p - match > MAX_DISTANCE || load<u32>(match) != load<u32>(p)) {
        p += <usize>(misses++ >> SKIP_TRIGGER);
        continue;
      }
      misses = acceleration << SKIP_TRIGGER;
      while (p > anchor && match > src && load<u8>(p - 1) == load<u8>(match - 1)) {
        p--;
        match--;
      }
      const matched = MIN_MATCH + commonLength(p + MIN_MATCH, match + MIN_MATCH, matchEnd);
      op = putSequence(op, out, anchor, p - anchor, end, p - match, matched - MIN_MATCH);
      if (op == 0) return 0;
      p += matched;
      anchor = p;
      if (p <= searchEnd) store<u32>(table + hashAt(p - 2), <u32>(p - 2 - src));
    }
  }
  const literals = end - anchor;
  if (op + 1 + literals + literals / 255 + 1 > out) return 0;
  op = putLength(op, literals, 0, 4);
  memory.copy(op, anchor, literals);
  return op + literals - dst;
}

function commonLength(p: usize, match: usize, end: usize): usize {
  const start = p;
  while (p + 8 <= end) {
    const difference = load<u64>(p) ^ load<u64>(match);
    if (difference != 0) return p - start + <usize>(ctz(difference) >> 3);
    p += 8;
    match += 8;
  }
  while (p < end && load<u8>(p) == load<u8>(match)) {
    p++;
    match++;
  }
  return p - start;
}

/** Writes a token with a literal length, and that length's further bytes. */
function putLength(op: usize, literals: usize, matchNibble: u8, shift: u8): usize {
  if (literals < 15) {
    store<u8>(op, ((<u8>literals) << shift) | matchNibble);
    return op + 1;
  }
  store<u8>(op++, (15 << shift) | matchNibble);
  return putRest(op, literals - 15);
}

function putRest(op: usize, rest: usize): usize {
  while (rest >= 255) {
    store<u8>(op++, 255);
    rest -= 255;
  }
  store<u8>(op, <u8>rest);
  return op + 1;
}

function putSequence(
  op: usize,
  out: usize,
  anchor: usize,
  literals: usize,
  end: usize,
  distance: usize,
  extra: usize,
): usize {
  if (op + literals + literals / 255 + extra / 255 + 8 > out) return 0;
  op = putLength(op, literals, extra < 15 ? <u8>extra : 15, 4);
  copyLiterals(op, anchor, literals, out, end);
  op += literals;
  store<u16>(op, <u16>distance);
  op += 2;
  return extra < 15 ? op : putRest(op, extra - 15);
}

/** Input that a short sequence reads at once: its literals as one vector, and the distance. */
const SHORT_READ: usize = 18;
/** Output that it writes at once: less than a vector of literals, and 18 bytes of a match. */
const SHORT_WRITE: usize = 34;

/** Decompresses into at most `capacity` bytes. Returns the decompressed size, or -1 for a malformed block. */
export function lz4Decode(dst: usize, capacity: usize, src: usize, length: usize): i32 {
  const end = src + length;
  const out = dst + capacity;
  let ip = src;
  let op = dst;
  while (ip < end) {
    const token = load<u8>(ip++);
    let literals = <usize>(token >> 4);
    let matched = <usize>(token & 15);
    let distance: usize;
    if (literals < 15 && end - ip >= SHORT_READ && out - op >= SHORT_WRITE) {
      v128.store(op, v128.load(ip));
      op += literals;
      distance = <usize>load<u16>(ip + literals);
      ip += literals + 2;
      if (distance == 0 || distance > op - dst) return -1;
      if (matched < 15 && distance >= 8) {
        const from = op - distance;
        store<u64>(op, load<u64>(from));
        store<u64>(op + 8, load<u64>(from + 8));
        store<u16>(op + 16, load<u16>(from + 16));
        op += matched + MIN_MATCH;
        continue;
      }
    } else {
      if (literals == 15) {
        let more: u8;
        do {
          if (ip >= end) return -1;
          more = load<u8>(ip++);
          literals += more;
        } while (more == 255);
      }
      if (literals > end - ip || literals > out - op) return -1;
      copyLiterals(op, ip, literals, out, end);
      ip += literals;
      op += literals;
      if (ip == end) return <i32>(op - dst);
      if (end - ip < 2) return -1;
      distance = <usize>load<u16>(ip);
      ip += 2;
      if (distance == 0 || distance > op - dst) return -1;
    }
    if (matched == 15) {
      let more: u8;
      do {
        if (ip >= end) return -1;
        more = load<u8>(ip++);
        matched += more;
      } while (more == 255);
    }
    matched += MIN_MATCH;
    if (matched > out - op) return -1;
    copyMatch(op, distance, matched, out);
    op += matched;
  }
  return -1;
}
