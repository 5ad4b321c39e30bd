import { isSafeKey, unsafeKey } from "../key.ts";
import { zipMalformed, zipUnsupported } from "./error.ts";

/** A member of an archive, as the central directory has it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where the local header begins. */
  readonly at: number;
}

export interface ZipDirectory {
  /** By name; a name that comes twice means its last member, as in Python. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly comment: string;
}

/** Bytes from `offset` of the archive. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

const END = 0x06054b50;
const END_BYTES = 22;
const MOST_COMMENT = 0xffff;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
export const LOCAL_BYTES = 30;
const IN_ZIP64 = 0xffffffff;
const ENCRYPTED = 1;
const UTF8 = 1 << 11;

/** What an index in memory may take: a million chunks. More belong into shards. */
export const MOST_ENTRIES = 2 ** 20;
const MOST_DIRECTORY_BYTES = 128 * 1024 * 1024;

/**
 * Reads an archive's central directory: two requests, or three where its comment or zip64's record lies before them. Members may not
 * overlap, which bombs do, and their names are keys. Throws ZIP_MALFORMED, ZIP_UNSUPPORTED, UNSAFE_KEY. Source: APPNOTE.TXT 6.3.10.
 */
export async function readZipDirectory(uri: string, size: number, read: ReadBytes): Promise<ZipDirectory> {
  const end = await findEnd(uri, size, read);
  if (end.count > MOST_ENTRIES || end.bytes > MOST_DIRECTORY_BYTES) {
    throw zipUnsupported(
      uri,
      `${end.count} members in ${end.bytes} bytes of directory, more than ${MOST_ENTRIES}`,
      "Write the array in shards, which are one member each: lamella convert --shards.",
    );
  }
  if (end.bytes < end.count * CENTRAL_BYTES || end.at + end.bytes > end.limit)
    throw zipMalformed(
      uri,
      `a directory of ${end.count} members can't lie at ${end.at}, ${end.bytes} bytes long`,
    );
  const directory = await read(end.at, end.bytes);
  const list = parseEntries(uri, directory, end.count);
  checkApart(uri, list, end.at);
  return { entries: new Map(list.map((entry) => [entry.name, entry])), comment: end.comment };
}

interface End {
  readonly count: number;
  readonly bytes: number;
  readonly at: number;
  /** Where the directory must have ended. */
  readonly limit: number;
  readonly comment: string;
}

async function findEnd(uri: string, size: number, read: ReadBytes): Promise<End> {
  // Most archives have a short comment; the longest is looked for in a second request.
  for (const most of [1024, MOST_COMMENT]) {
    const length = Math.min(size, END_BYTES + LOCATOR64_BYTES + most);
    const tail = await read(size - length, length);
    const view = viewOf(tail);
    for (let at = length - END_BYTES; at >= 0; at--) {
      if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== length)
        continue;
      return endAt(uri, tail, at, size - length, read);
    }
    if (length === size) break;
  }
  throw zipMalformed(
    uri,
    size === 0 ? "it is empty" : "it has no end of central directory, so it is no zip, or cut short",
  );
}

async function endAt(uri: string, tail: Uint8Array, at: number, base: number, read: ReadBytes): Promise<End> {
  const view = viewOf(tail);
  const comment = new TextDecoder().decode(tail.subarray(at + END_BYTES));
  const count = view.getUint16(at + 10, true);
  const bytes = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  const hasLocator = at >= LOCATOR64_BYTES && view.getUint32(at - LOCATOR64_BYTES, true) === LOCATOR64;
  if (!hasLocator) {
    if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0)
      throw zipUnsupported(
        uri,
        "it is one part of several",
        "Join the parts first: zip -s 0 IN.zip --out OUT.zip.",
      );
    return { count, bytes, at: start, limit: base + at, comment };
  }
  const end64 = Number(view.getBigUint64(at - LOCATOR64_BYTES + 8, true));
  if (!(end64 <= base + at - LOCATOR64_BYTES - END64_BYTES))
    throw zipMalformed(uri, `its zip64 record can't lie at ${end64}`);
  const record = viewOf(await read(end64, END64_BYTES));
  if (record.byteLength < END64_BYTES || record.getUint32(0, true) !== END64)
    throw zipMalformed(uri, `there is no zip64 record at ${end64}`);
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0)
    throw zipUnsupported(
      uri,
      "it is one part of several",
      "Join the parts first: zip -s 0 IN.zip --out OUT.zip.",
    );
  const [count64, bytes64, start64] = [32, 40, 48].map((offset) => Number(record.getBigUint64(offset, true)));
  return { count: count64!, bytes: bytes64!, at: start64!, limit: end64, comment };
}

function parseEntries(uri: string, directory: Uint8Array, count: number): ZipEntry[] {
  const view = viewOf(directory);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > directory.length || view.getUint32(at, true) !== CENTRAL)
      throw zipMalformed(uri, `member ${i} of ${count} is not in its directory`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    );
    const next = at + CENTRAL_BYTES + nameBytes! + extraBytes! + commentBytes!;
    if (next > directory.length)
      throw zipMalformed(uri, `member ${i} of ${count} is cut short in the directory`);
    const flags = view.getUint16(at + 8, true);
    const raw = directory.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes!);
    const name = new TextDecoder(
      (flags & UTF8) !== 0 || raw.every((byte) => byte < 128) ? "utf-8" : "latin1",
    ).decode(raw);
    const extra = directory.subarray(at + CENTRAL_BYTES + nameBytes!, next - commentBytes!);
    const [bytes, packedBytes, offset] = sizesOf(uri, name, view, at, extra);
    const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    at = next;
    checkName(name);
    if (name.endsWith("/") && bytes === 0) continue;
    if ((flags & ENCRYPTED) !== 0)
      throw zipUnsupported(uri, `${name} is encrypted`, "Unpack it, and pack it again without a password.");
    entries.push({ name, method, crc, packedBytes, bytes, at: offset });
  }
  return entries;
}

/** Decoded size, stored size and offset: in the record, or where they don't fit in its zip64 field. */
function sizesOf(
  uri: string,
  name: string,
  view: DataView,
  at: number,
  extra: Uint8Array,
): [bytes: number, packedBytes: number, offset: number] {
  const values = [24, 20, 42].map((offset) => view.getUint32(at + offset, true)) as [number, number, number];
  if (!values.includes(IN_ZIP64)) return values;
  const wide = zip64Field(extra);
  let used = 0;
  return values.map((value) => {
    if (value !== IN_ZIP64) return value;
    if (!wide || used + 8 > wide.byteLength) throw zipMalformed(uri, `${name} lacks its zip64 sizes`);
    const large = Number(wide.getBigUint64(used, true));
    used += 8;
    if (!Number.isSafeInteger(large)) throw zipMalformed(uri, `${name} has a size beyond 2^53`);
    return large;
  }) as [number, number, number];
}

function zip64Field(extra: Uint8Array): DataView | undefined {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.length)
      return new DataView(extra.buffer, extra.byteOffset + at + 4, length);
    at += 4 + length;
  }
  return undefined;
}

function checkName(name: string): void {
  const key = name.endsWith("/") ? name.slice(0, -1) : name;
  if (!isSafeKey(key)) throw unsafeKey(name, "an archive's member would lie outside of it");
}

/** Each member begins where the one before has ended, or later; all before the directory. */
function checkApart(uri: string, entries: readonly ZipEntry[], limit: number): void {
  const order = [...entries].sort((a, b) => a.at - b.at);
  for (const [i, entry] of order.entries()) {
    const stop = order[i + 1]?.at ?? limit;
    if (entry.at + LOCAL_BYTES + entry.packedBytes > stop)
      throw zipMalformed(
        uri,
        `${entry.name} reaches over ${i + 1 < order.length ? order[i + 1]!.name : "the directory"}`,
      );
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
