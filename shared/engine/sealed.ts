import { crc32 } from "node:zlib";

/**
 * Documents of a run that engines go by end with a checksum of the text before it, as one more member: `"crc32": "89abcdef"`. So a
 * flipped bit doesn't turn one number into another that looks as good.
 */
const SEAL = /,\s*"crc32":\s*"([0-9a-f]{8})"\s*\}\s*$/;
const LONGEST_SEAL = 64;

/** JSON of an object, with its seal. `indent` as of JSON.stringify. */
export function seal(value: object, indent?: number): Uint8Array {
  const text = JSON.stringify(value, null, indent);
  const [cut, space, end] = indent === undefined ? [1, "", ""] : [2, `\n${" ".repeat(indent)}`, "\n"];
  const body = Buffer.from(text.slice(0, -cut));
  const colon = indent === undefined ? ":" : ": ";
  const tail = `,${space}"crc32"${colon}"${crc32(body).toString(16).padStart(8, "0")}"${end}}\n`;
  return Buffer.concat([body, Buffer.from(tail)]);
}

/** What a seal says of a document: it holds, it is broken, or there is none. */
export function sealOf(bytes: Uint8Array): "whole" | "broken" | "absent" {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = Math.max(0, text.length - LONGEST_SEAL);
  const tail = text.toString("latin1", from);
  const found = SEAL.exec(tail);
  if (!found) return "absent";
  const sum = crc32(text.subarray(0, from + found.index));
  return sum === Number.parseInt(found[1]!, 16) ? "whole" : "broken";
}

/** A sealed document; undefined where it isn't whole, whatever became of it. */
export function unseal<T>(bytes: Uint8Array): T | undefined {
  if (sealOf(bytes) !== "whole") return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as T;
  } catch {
    return undefined;
  }
}
