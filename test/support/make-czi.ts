/** A subblock to write: starts of its dimensions, its place and size, and its stored bytes. */
export interface MadeSubblock {
  /** Starts by letter, in order: { C: 0, Z: 1, M: 2 }. */
  readonly at?: { readonly [dimension: string]: number };
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
  /** As stored; default: as it is. */
  readonly stored?: readonly [width: number, height: number];
  readonly pixelType: number;
  readonly compression?: number;
  readonly data: Uint8Array;
}

export interface MadeCzi {
  readonly subblocks: readonly MadeSubblock[];
  /** What is inside `<Metadata>`. */
  readonly metadata?: string;
  /** Bytes of metadata before the pixels of each subblock. */
  readonly padding?: number;
  /** Files within the file: name, type and bytes. */
  readonly attachments?: readonly (readonly [name: string, type: string, bytes: Uint8Array])[];
}

/** A CZI of these subblocks, byte for byte as the format's description says. */
export function makeCzi({ subblocks, metadata = "", padding = 0, attachments = [] }: MadeCzi): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const segment = (name: string, data: Uint8Array): number => {
    const at = size;
    const allocated = Math.ceil(data.length / 32) * 32;
    const whole = new Uint8Array(32 + allocated);
    whole.set(Buffer.from(name, "latin1"));
    new DataView(whole.buffer).setBigInt64(16, BigInt(allocated), true);
    new DataView(whole.buffer).setBigInt64(24, BigInt(data.length), true);
    whole.set(data, 32);
    parts.push(whole);
    size += whole.length;
    return at;
  };
  const head = new DataView(new ArrayBuffer(512));
  head.setInt32(0, 1, true);
  segment("ZISRAWFILE", new Uint8Array(head.buffer));
  const entries: Uint8Array[] = [];
  for (const subblock of subblocks) {
    const entry = entryOf(subblock, size);
    const fixed = new Uint8Array(Math.max(256, 16 + entry.length));
    const view = new DataView(fixed.buffer);
    view.setInt32(0, padding, true);
    view.setBigInt64(8, BigInt(subblock.data.length), true);
    fixed.set(entry, 16);
    segment("ZISRAWSUBBLOCK", Buffer.concat([fixed, new Uint8Array(padding), subblock.data]));
    entries.push(entry);
  }
  const count = new Uint8Array(128);
  new DataView(count.buffer).setInt32(0, entries.length, true);
  const directory = segment("ZISRAWDIRECTORY", Buffer.concat([count, ...entries]));
  const xml = Buffer.from(
    `<?xml version="1.0"?>\n<ImageDocument><Metadata>${metadata}</Metadata></ImageDocument>`,
  );
  const sizes = new Uint8Array(256);
  new DataView(sizes.buffer).setInt32(0, xml.length, true);
  const text = segment("ZISRAWMETADATA", Buffer.concat([sizes, xml]));
  const attached = attachments.map(([name, type, bytes]) =>
    attachmentEntry(name, type, size, bytes.length, segment, bytes),
  );
  const attachedCount = new Uint8Array(256);
  new DataView(attachedCount.buffer).setInt32(0, attached.length, true);
  const attachmentDirectory =
    attached.length === 0 ? 0 : segment("ZISRAWATTDIR", Buffer.concat([attachedCount, ...attached]));
  const out = new Uint8Array(Buffer.concat(parts));
  const header = new DataView(out.buffer, 32);
  header.setBigInt64(52, BigInt(directory), true);
  header.setBigInt64(60, BigInt(text), true);
  header.setBigInt64(72, BigInt(attachmentDirectory), true);
  return out;
}

function attachmentEntry(
  name: string,
  type: string,
  position: number,
  length: number,
  segment: (name: string, data: Uint8Array) => number,
  bytes: Uint8Array,
): Uint8Array {
  const entry = new Uint8Array(128);
  entry.set(Buffer.from("A1"));
  new DataView(entry.buffer).setBigInt64(12, BigInt(position), true);
  entry.set(Buffer.from(type), 40);
  entry.set(Buffer.from(name), 48);
  const head = new Uint8Array(256);
  new DataView(head.buffer).setInt32(0, length, true);
  head.set(entry, 16);
  segment("ZISRAWATTACH", Buffer.concat([head, bytes]));
  return entry;
}

function entryOf(subblock: MadeSubblock, position: number): Uint8Array {
  const { at = {}, x = 0, y = 0, width, height, stored = [width, height] } = subblock;
  const dimensions = [
    ["X", x, width, stored[0]],
    ["Y", y, height, stored[1]],
    ...Object.entries(at).map(([name, start]) => [name, start, 1, 1] as const),
  ] as const;
  const bytes = new Uint8Array(32 + 20 * dimensions.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from("DV"));
  view.setInt32(2, subblock.pixelType, true);
  view.setBigInt64(6, BigInt(position), true);
  view.setInt32(18, subblock.compression ?? 0, true);
  view.setInt32(28, dimensions.length, true);
  for (const [i, [name, start, length, kept]] of dimensions.entries()) {
    const offset = 32 + 20 * i;
    bytes.set(Buffer.from(name), offset);
    view.setInt32(offset + 4, start, true);
    view.setInt32(offset + 8, length, true);
    view.setInt32(offset + 16, kept, true);
  }
  return bytes;
}
