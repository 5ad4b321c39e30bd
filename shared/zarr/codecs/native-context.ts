import { constants, Gunzip, Inflate, ZstdCompress, ZstdDecompress } from "node:zlib";

/**
 * What node:zlib's classes have inside, unchanged since Node 10: a handle that works from one buffer into another. Their
 * public functions make a stream, a context and an output buffer for each call; on chunks of a megabyte that costs a third of
 * decoding, most of it for memory that the system has to clear first.
 */
interface NativeStream {
  readonly _handle: NativeHandle | null;
  /** Bytes of output left, and of input; as they were before where the codec failed, which takes the handle away. */
  readonly _writeState: Uint32Array;
  on(event: "error", listener: () => void): void;
}

interface NativeHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  reset(): void;
}

export type Decoder = "zstd" | "gzip" | "zlib";

/** Versions of Node whose handles were tried; with another the public functions do the work. */
const TRIED = new Set([24, 25, 26]);
const isTried = TRIED.has(Number.parseInt(process.versions.node, 10));

/** node:zlib's least; its own buffer isn't used. */
const options = { chunkSize: 64 };

const MAKE: { readonly [D in Decoder]: () => unknown } = {
  zstd: () => new ZstdDecompress(options),
  gzip: () => new Gunzip(options),
  zlib: () => new Inflate(options),
};

/** This thread's contexts, made at first use. */
const decoders = new Map<Decoder, NativeStream>();
/** This thread's, by their settings. */
const encoders = new Map<string, NativeStream>();
/** Of two codecs, and of what one of them tries. */
const MOST_ENCODERS = 4;

/**
 * Decodes to exactly `size` bytes at the start of `target`, which has room for one more where the codec isn't zstd: by that is
 * seen that the stream ends there. False where it can't be told that all is well: then the public functions have to say what is
 * wrong. `target` may be shared memory; what lies in it afterwards is undefined where false.
 */
export function decodeInto(codec: Decoder, bytes: Uint8Array, target: Uint8Array, size: number): boolean {
  if (!isTried || size === 0) return false;
  // A context that stopped within a frame would go on with it.
  if (codec === "zstd" ? !isOneFrame(bytes, size) : target.byteLength <= size) return false;
  const room = codec === "zstd" ? size : size + 1;
  const stream = decoders.get(codec) ?? made(MAKE[codec]);
  decoders.set(codec, stream);
  const handle = stream._handle!;
  if (codec !== "zstd") handle.reset();
  const flush = codec === "zstd" ? constants.ZSTD_e_end : constants.Z_FINISH;
  const ended = write(stream, handle, flush, bytes, target, room);
  if (ended && stream._writeState[0] === room - size && stream._writeState[1] === 0) return true;
  decoders.delete(codec);
  return false;
}

/** What zstd is told of its work, by its own names; what is left out the level says. */
export interface ZstdSettings {
  readonly level: number;
  readonly checksum?: boolean;
  readonly windowLog?: number;
  readonly hashLog?: number;
  readonly chainLog?: number;
  readonly minMatch?: number;
  readonly targetLength?: number;
  readonly strategy?: "fast" | "dfast";
}

const STRATEGIES = { fast: constants.ZSTD_fast, dfast: constants.ZSTD_dfast } as const;

/** node:zlib takes -1 for a parameter that isn't given. Negative levels of zstd differ by nothing but their target length. */
function withoutMinusOne(settings: ZstdSettings): ZstdSettings {
  return settings.level === -1 ? { targetLength: 1, ...settings, level: -2 } : settings;
}

/** The same in node:zlib's terms. */
export function zstdParams(settings: ZstdSettings): Record<number, number> {
  const { level, checksum, strategy, ...others } = withoutMinusOne(settings);
  const params: Record<number, number> = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
  };
  if (strategy) params[constants.ZSTD_c_strategy] = STRATEGIES[strategy];
  for (const [name, value] of Object.entries(others)) params[constants[`ZSTD_c_${name as Table}`]] = value;
  return params;
}

type Table = "windowLog" | "hashLog" | "chainLog" | "minMatch" | "targetLength";

/**
 * Levels whose tables a context may use again: what it found in an earlier frame never shows in a later one. From level 5 on the
 * tables are salted, so that the bytes could depend on how often a context was used.
 */
const LAST_PLAIN_LEVEL = 4;

/**
 * Encodes one zstd frame that carries its content size into `target`; the bytes are those of node:zlib. Its length, or undefined
 * where that has to be done in another way: the frame doesn't fit, or the level isn't for contexts that are used again.
 */
export function encodeZstdInto(
  bytes: Uint8Array,
  settings: ZstdSettings,
  target: Uint8Array,
): number | undefined {
  if (!isTried || settings.level > LAST_PLAIN_LEVEL || bytes.byteLength === 0 || target.byteLength === 0)
    return undefined;
  const key = JSON.stringify(settings);
  const stream = encoders.get(key) ?? newEncoder(key, settings);
  const room = target.byteLength;
  const ended = write(stream, stream._handle!, constants.ZSTD_e_end, bytes, target, room);
  if (ended && stream._writeState[0]! > 0 && stream._writeState[1] === 0)
    return room - stream._writeState[0]!;
  encoders.delete(key);
  return undefined;
}

function newEncoder(key: string, settings: ZstdSettings): NativeStream {
  const stream = made(() => new ZstdCompress({ ...options, params: zstdParams(settings) }));
  if (encoders.size >= MOST_ENCODERS) encoders.delete(encoders.keys().next().value!);
  encoders.set(key, stream);
  return stream;
}

function made(make: () => unknown): NativeStream {
  const stream = make() as NativeStream;
  // The stream tells of errors by an event too, later, which nobody may miss.
  stream.on("error", () => {});
  return stream;
}

/** False where the codec failed: its stream is of no use any more. */
function write(
  stream: NativeStream,
  handle: NativeHandle,
  flush: number,
  input: Uint8Array,
  output: Uint8Array,
  room: number,
): boolean {
  handle.writeSync(flush, input, 0, input.byteLength, output, 0, room);
  return stream._handle === handle;
}

const MAGIC = 0xfd2fb528;
/** Bytes of the field that holds the content size, by its flag; a single segment has at least one. */
const SIZE_FIELD = [0, 2, 4, 8] as const;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

/**
 * Whether the bytes are one whole zstd frame that says that it decodes to `size` bytes: its blocks are followed from header to
 * header. RFC 8878, 3.1.1.
 */
function isOneFrame(bytes: Uint8Array, size: number): boolean {
  const length = bytes.byteLength;
  if (length < 6) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  if (view.getUint32(0, true) !== MAGIC) return false;
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const hasDictionary = (descriptor & 3) !== 0;
  if (hasDictionary) return false;
  const field = SIZE_FIELD[descriptor >> 6]! || (isSingle ? 1 : 0);
  let at = isSingle ? 5 : 6;
  if (at + field > length || contentSize(view, at, field) !== size) return false;
  at += field;
  for (let last = false; !last; ) {
    if (at + 3 > length) return false;
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (header >> 1) & 3;
    if (type === BLOCK_RESERVED) return false;
    last = (header & 1) !== 0;
    at += 3 + (type === BLOCK_RLE ? 1 : header >> 3);
  }
  const checksum = (descriptor & 4) === 0 ? 0 : 4;
  return at + checksum === length;
}

function contentSize(view: DataView, at: number, field: number): number {
  switch (field) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return -1;
  }
}
