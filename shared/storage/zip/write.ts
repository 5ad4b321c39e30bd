import { crc32 } from "node:zlib";
import { LamellaError } from "../../errors.ts";

/** What goes into an archive: read twice, in pieces, once for its checksum. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface ZipWriteOptions {
  /** At most 65535 bytes. */
  readonly comment?: Uint8Array;
  readonly signal?: AbortSignal;
  readonly onMember?: (done: number, bytes: number) => void;
}

const PIECE_BYTES = 4 * 1024 * 1024;
const IN_ZIP64 = 0xffffffff;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
const UTF8 = 1 << 11;
/** 1980-01-01, the first day that zip knows: the same bytes whenever they are written. */
const DATE = 0x21;

/**
 * Writes an archive front to back: members stored without compression, in their order, then the directory and zip64's record, which OME-NGFF
 * asks for always. Sizes and checksums stand in the local headers, so that it can be read as a stream too. Memory: a piece, and the directory.
 * Returns its bytes. Source: APPNOTE.TXT 6.3.10.
 */
export async function writeZip(
  sink: { write(bytes: Uint8Array): Promise<void> },
  members: Iterable<ZipMember>,
  options: ZipWriteOptions = {},
): Promise<number> {
  const directory: Uint8Array[] = [];
  let at = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    await sink.write(bytes);
    at += bytes.length;
  };
  for (const member of members) {
    let crc = 0;
    for await (const piece of pieces(member, options.signal)) crc = crc32(piece, crc);
    const name = new TextEncoder().encode(member.name);
    directory.push(centralHeader(name, member.bytes, crc, at));
    await put(localHeader(name, member.bytes, crc));
    for await (const piece of pieces(member, options.signal)) await put(piece);
    options.onMember?.(directory.length, at);
  }
  const start = at;
  for (let i = 0; i < directory.length; i += 1024) await put(Buffer.concat(directory.slice(i, i + 1024)));
  await put(endRecords(directory.length, start, at, options.comment ?? new Uint8Array(0)));
  return at;
}

async function* pieces(member: ZipMember, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < member.bytes; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const length = Math.min(PIECE_BYTES, member.bytes - offset);
    const bytes = await member.read(offset, length);
    if (bytes.length !== length) {
      throw new LamellaError("INPUT_CHANGED", `${member.name} changed while it was packed`, {
        hint: "Nothing else may write to the folder: start again.",
        details: { key: member.name },
      });
    }
    yield bytes;
  }
}

function localHeader(name: Uint8Array, bytes: number, crc: number): Uint8Array {
  const isLarge = bytes >= IN_ZIP64;
  const extra = isLarge ? zip64Extra([bytes, bytes]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header, 4, name, isLarge, crc, bytes, extra.length);
  return Buffer.concat([header, name, extra]);
}

function centralHeader(name: Uint8Array, bytes: number, crc: number, at: number): Uint8Array {
  const isLarge = bytes >= IN_ZIP64;
  const isFar = at >= IN_ZIP64;
  const wide = [...(isLarge ? [bytes, bytes] : []), ...(isFar ? [at] : [])];
  const extra = wide.length > 0 ? zip64Extra(wide) : Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(VERSION_ZIP64, 4);
  writeCommon(header, 6, name, isLarge || isFar, crc, bytes, extra.length);
  header.writeUInt32LE(isFar ? IN_ZIP64 : at, 42);
  return Buffer.concat([header, name, extra]);
}

/** The fields that both headers have, from "version needed" to "extra field length". */
function writeCommon(
  header: Buffer,
  at: number,
  name: Uint8Array,
  isWide: boolean,
  crc: number,
  bytes: number,
  extraBytes: number,
): void {
  const size = Math.min(bytes, IN_ZIP64);
  header.writeUInt16LE(isWide ? VERSION_ZIP64 : VERSION_PLAIN, at);
  header.writeUInt16LE(name.some((byte) => byte > 127) ? UTF8 : 0, at + 2);
  header.writeUInt16LE(0, at + 4);
  header.writeUInt16LE(0, at + 6);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(crc, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(name.length, at + 22);
  header.writeUInt16LE(extraBytes, at + 24);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return extra;
}

function endRecords(count: number, start: number, stop: number, comment: Uint8Array): Uint8Array {
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(VERSION_ZIP64, 12);
  end64.writeUInt16LE(VERSION_ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(stop - start), 40);
  end64.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(stop), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(stop - start, IN_ZIP64), 12);
  end.writeUInt32LE(Math.min(start, IN_ZIP64), 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end64, locator, end, comment]);
}
