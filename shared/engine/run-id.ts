import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A run id that sorts by time: ten characters of milliseconds, eight of chance, in Crockford's base 32. */
export function newRunId(now: number = Date.now()): string {
  let time = "";
  for (let n = now, i = 0; i < 10; i++, n = Math.floor(n / 32)) time = ALPHABET[n % 32] + time;
  const chance = [...randomBytes(8)].map((byte) => ALPHABET[byte % 32]).join("");
  return `${time}-${chance}`;
}
