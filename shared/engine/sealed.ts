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
  const text = textOf(bytes);
  const from = Math.max(0, text.length - LONGEST_SEAL);
  const tail = text.toString("latin1", from);
  const found = SEAL.exec(tail);
  if (!found) return "absent";
  const sum = crc32(text.subarray(0, from + found.index));
  return sum === Number.parseInt(found[1]!, 16) ? "whole" : "broken";
}

/**
 * A sealed document; undefined where it isn't whole, whatever became of it. `emptied`: a member whose array comes out empty; of several of
 * that name the first, as the document is written. V8 keeps each short string that it parses, and a table of them which grows with every chunk's key that nobody asks for.
 */
export function unseal<T>(bytes: Uint8Array, emptied?: string): T | undefined {
  if (sealOf(bytes) !== "whole") return undefined;
  const text = textOf(bytes);
  const array = emptied === undefined ? undefined : arrayOf(text, emptied);
  try {
    if (!array) return JSON.parse(text.toString("utf8")) as T;
    return JSON.parse(`${text.toString("utf8", 0, array.start)}[]${text.toString("utf8", array.end)}`) as T;
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/**
 * Where the array lies that the first member of a name holds, in JSON without spaces and of members that aren't the first of their object.
 * In a string the name's quotes would be escaped.
 */
function arrayOf(text: Buffer, name: string): { readonly start: number; readonly end: number } | undefined {
  const lead = `,${JSON.stringify(name)}:`;
  const at = text.indexOf(`${lead}[`);
  if (at < 0) return undefined;
  const start = at + Buffer.byteLength(lead);
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const byte = text[i];
    if (inString && byte === BACKSLASH) i++;
    else if (byte === QUOTE) inString = !inString;
    else if (inString) continue;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return { start, end: i + 1 };
  }
  return undefined;
}

/** The same memory as a Buffer. */
function textOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
