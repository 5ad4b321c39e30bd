import { LamellaError } from "../errors.ts";

/**
 * Checks that a key names one object below a store's root and nothing else: no empty, "." or ".." segment, no
 * leading or trailing "/", no backslash, no control character, well-formed Unicode. Keys often come from data
 * (a dataset's path, a TIFF's sibling files), so each adapter checks each key. Returns the key.
 * Throws UNSAFE_KEY.
 */
export function checkKey(key: string): string {
  const problem = problemOf(key);
  if (problem !== undefined) throw unsafeKey(key, problem);
  return key;
}

/** Checks a prefix to list: "" or the start of a safe key, which may end in "/". Throws UNSAFE_KEY. */
export function checkPrefix(prefix: string): string {
  if (prefix === "") return prefix;
  // "a/." is the start of "a/.zattrs": only what a "/" follows is a whole name.
  const problem = problemOf(prefix.endsWith("/") ? prefix.slice(0, -1) : `${prefix}x`);
  if (problem !== undefined) throw unsafeKey(prefix, problem);
  return prefix;
}

/** Checks a folder to list: "" or a safe key with "/" after it. Throws UNSAFE_KEY. */
export function checkFolder(prefix: string): string {
  if (prefix !== "" && !prefix.endsWith("/")) throw unsafeKey(prefix, 'a folder ends in "/"');
  return checkPrefix(prefix);
}

/** True where `checkKey` would pass. Listings leave out what it would refuse, such as S3's folder markers. */
export function isSafeKey(key: string): boolean {
  return problemOf(key) === undefined;
}

/** `path` below `base`, either of which may be "". */
export function joinKey(base: string, path: string): string {
  if (base === "") return path;
  return path === "" ? base : `${base}/${path}`;
}

/** Order of keys by their UTF-8 bytes, as S3 lists them; JavaScript's own order differs beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

/** Whether a key comes after another in a listing. */
export function isAfter(key: string, after: string | undefined): boolean {
  return after === undefined || compareKeys(key, after) > 0;
}

/** The UNSAFE_KEY error, for adapters that find a further reason (a link that leads out of the root). */
export function unsafeKey(key: string, problem: string): LamellaError {
  return new LamellaError("UNSAFE_KEY", `Unsafe key ${JSON.stringify(key)}: ${problem}`, {
    hint: "Keys are relative paths below their store, with / between names; check the metadata that names this one.",
    details: { key },
  });
}

function problemOf(key: string): string | undefined {
  if (key === "") return "it is empty";
  if (key.startsWith("/")) return "it is absolute";
  if (key.includes("\\")) return "it has a backslash";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(key)) return "it has a control character";
  if (!key.isWellFormed()) return "it is not well-formed Unicode";
  for (const segment of key.split("/")) {
    if (segment === "") return "it has an empty name";
    if (segment === "." || segment === "..") return 'a name in it is "." or ".."';
  }
  return undefined;
}

/** Lifts surrogates above U+E000..U+FFFF, where UTF-8 has the code points they stand for. */
function byteRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
