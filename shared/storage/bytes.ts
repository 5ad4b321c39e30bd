import { PAGES_FROM, takePages } from "../block/pages.ts";
import { LamellaError } from "../errors.ts";

/**
 * Bytes of a buffer of their own, not zeroed: the caller fills them all. Never a slice of Node's pool, so that
 * typed views at offset 0 are aligned. A large buffer may be longer than what was asked for, and is one for `release`.
 */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length >= PAGES_FROM) return new Uint8Array(takePages(length), 0, length);
  const buffer = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer.buffer as ArrayBuffer, 0, length);
}

/**
 * The part of an object of `size` bytes that a range asks for: `length` bytes from `offset`, where a negative
 * offset counts from the end and stops at the object's first byte; cut at the object's end.
 */
export function resolveRange(size: number, offset: number, length: number): { start: number; end: number } {
  const start = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
  return { start, end: Math.min(size, start + length) };
}

/** Throws INVALID_ARGUMENT unless both are safe integers and the length isn't negative. */
export function checkRange(key: string, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0) return;
  throw new LamellaError("INVALID_ARGUMENT", `${length} bytes from ${offset} of ${key} is no range`, {
    hint: "Offset and length are whole numbers of bytes, the length not negative.",
    details: { key, offset, length },
  });
}
