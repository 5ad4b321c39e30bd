import { mutate } from "../support/mutate.ts";
import type { Random } from "./target.ts";

/** Damage of bytes anywhere; a third of it at either end, where headers and directories are. */
export function damageBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const edge = Math.min(bytes.length, 400);
  return mutate(bytes, random, [
    [0, edge],
    [bytes.length - edge, edge],
  ]);
}

const COUNTS = [0, 1, 2, 3, 255, 65535, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const TYPES = [0, 1, 2, 3, 4, 5, 11, 12, 13, 16, 18, 99];
const TAGS = [254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 330, 339, 347];
const COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 33003, 34712, 34887, 34925, 34926, 50001, 65535];

/** Changes one to three entries of a TIFF's directories: their tags, types, counts, values or offsets. */
export function damageDirectory(bytes: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice();
  const entries = entriesOf(out);
  if (entries.length === 0) return damageBytes(bytes, random);
  const { view, little, big } = layoutOf(out);
  const put = (at: number, value: number): void =>
    big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value >>> 0, little);
  for (let i = random(3) + 1; i > 0; i--) {
    const entry = entries[random(entries.length)]!;
    const value = entry + (big ? 12 : 8);
    switch (random(6)) {
      case 0:
        view.setUint16(entry, TAGS[random(TAGS.length)]!, little);
        break;
      case 1:
        view.setUint16(entry + 2, TYPES[random(TYPES.length)]!, little);
        break;
      case 2:
        put(entry + 4, COUNTS[random(COUNTS.length)]!);
        break;
      case 3:
        put(value, random(2) === 0 ? COUNTS[random(COUNTS.length)]! : random(out.length + 64));
        break;
      case 4:
        view.setUint16(value, random(2) === 0 ? random(70) : COUNTS[random(6)]!, little);
        break;
      default: {
        const compression = entries.find((at) => view.getUint16(at, little) === 259);
        if (compression !== undefined)
          view.setUint16(compression + (big ? 12 : 8), COMPRESSIONS[random(COMPRESSIONS.length)]!, little);
      }
    }
  }
  return out;
}

function layoutOf(bytes: Uint8Array): { view: DataView; little: boolean; big: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  return { view, little, big: view.getUint16(2, little) === 43 };
}

/** Where the entries of a sound TIFF's directories are, SubIFDs not among them. */
function entriesOf(bytes: Uint8Array): number[] {
  const { view, little, big } = layoutOf(bytes);
  const long = (at: number): number =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const entries: number[] = [];
  for (let at = long(big ? 8 : 4); at > 0 && at < bytes.length && entries.length < 400; ) {
    const count = big ? long(at) : view.getUint16(at, little);
    const first = at + (big ? 8 : 2);
    for (let i = 0; i < count; i++) entries.push(first + i * (big ? 20 : 12));
    at = long(first + count * (big ? 20 : 12));
  }
  return entries;
}

const VALUES = [
  "0",
  "-1",
  "1e308",
  "99999999999999999999",
  "4294967296",
  "null",
  "[]",
  "{}",
  '""',
  "NaN",
  "true",
  "../../x",
  "&a;",
];

/** Characters that a piece becomes by being repeated. */
const MOST_REPEATED = 20_000;

/** Changes numbers, words and punctuation of a text (JSON, XML), repeats a piece of it many times, or cuts it. */
export function damageText(bytes: Uint8Array, random: Random): Uint8Array {
  let text = new TextDecoder("latin1").decode(bytes);
  for (let i = random(3) + 1; i > 0; i--) {
    const pattern = [/-?\d+(\.\d+)?/g, /"[^"<>{}]*"/g, /[[\]{}<>/=:,"]/g, /[A-Za-z]+/g][random(4)]!;
    const found = [...text.matchAll(pattern)];
    const match = found[random(Math.max(1, found.length))];
    const at = match?.index ?? 0;
    const end = at + (match?.[0].length ?? 0);
    const other = found[random(Math.max(1, found.length))]?.[0] ?? "";
    const piece = match?.[0] || "[";
    const repeated = piece.repeat(1 + random(Math.ceil(MOST_REPEATED / piece.length)));
    const replacement = [VALUES[random(VALUES.length)]!, other, "", repeated];
    switch (random(5)) {
      case 0:
        if (random(3) === 0) text = text.slice(0, at);
        break;
      default:
        text = text.slice(0, at) + replacement[random(replacement.length)]! + text.slice(end);
    }
  }
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** One kind of damage or another. */
export function oneOf(...kinds: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[]) {
  return (bytes: Uint8Array, random: Random): Uint8Array => kinds[random(kinds.length)]!(bytes, random);
}
