import { FIELD, FIELD_SIZE } from "../../shared/formats/tiff/tags.ts";

/** Tags of a page by number: [type, values]. Absent defaults are filled in by `page`. */
export type Tags = { readonly [tag: number]: readonly [type: number, values: readonly number[] | string] };

export interface MadePage {
  readonly tags: Tags;
  /** Segments in order; undefined is a sparse one. */
  readonly segments: readonly (Uint8Array | undefined)[];
  readonly tiled?: boolean;
  readonly subPages?: readonly MadePage[];
}

export interface MadeOptions {
  readonly bigEndian?: boolean;
  readonly bigTiff?: boolean;
  /** Where the directories go: after all pixels (default), or each after its own pixels. */
  readonly interleaved?: boolean;
}

/** Tags of a plain grey page of one strip; `more` replaces and adds. */
export function page(
  width: number,
  height: number,
  bits: number,
  segments: MadePage["segments"],
  more: Tags = {},
): MadePage {
  return {
    tags: {
      256: [FIELD.long, [width]],
      257: [FIELD.long, [height]],
      258: [FIELD.short, [bits]],
      259: [FIELD.short, [1]],
      262: [FIELD.short, [1]],
      ...more,
    },
    segments,
    tiled: 322 in more,
  };
}

/** A TIFF of these pages, byte for byte as the specification says; independent of the writer under test. */
export function makeTiff(pages: readonly MadePage[], options: MadeOptions = {}): Uint8Array {
  const { bigEndian = false, bigTiff = false } = options;
  const little = !bigEndian;
  const wide = bigTiff ? 8 : 4;
  const parts: Uint8Array[] = [];
  let size = 0;
  const append = (bytes: Uint8Array): number => {
    const at = size;
    parts.push(bytes);
    size += bytes.length;
    if (size % 2 === 1) {
      parts.push(new Uint8Array(1));
      size++;
    }
    return at;
  };
  const number = (bytes: number, value: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(bytes));
    if (bytes === 8) view.setBigUint64(0, BigInt(value), little);
    else if (bytes === 4) view.setUint32(0, value, little);
    else if (bytes === 2) view.setUint16(0, value, little);
    else view.setUint8(0, value);
    return new Uint8Array(view.buffer);
  };
  const encode = (type: number, values: readonly number[] | string): Uint8Array => {
    if (typeof values === "string") return new TextEncoder().encode(`${values}\0`);
    if (type === FIELD.rational)
      return Buffer.concat(values.flatMap((v) => [number(4, Math.round(v * 1e6)), number(4, 1e6)]));
    return Buffer.concat(values.map((value) => number(FIELD_SIZE[type]!, value)));
  };
  const order = number(2, 0x4949).fill(bigEndian ? 0x4d : 0x49);
  append(
    Buffer.concat([
      order,
      number(2, bigTiff ? 43 : 42),
      ...(bigTiff ? [number(2, 8), number(2, 0)] : []),
      number(wide, 0),
    ]),
  );
  /** Pointers to the next directory, to be filled in: byte offsets of the fields. */
  let pointer = bigTiff ? 8 : 4;
  const links: [at: number, value: number][] = [];

  const data = (made: MadePage): { offsets: number[]; counts: number[] } => ({
    offsets: made.segments.map((bytes) => (bytes ? append(bytes) : 0)),
    counts: made.segments.map((bytes) => bytes?.length ?? 0),
  });
  const directory = (made: MadePage, places: { offsets: number[]; counts: number[] }): number => {
    const below = (made.subPages ?? []).map((sub) => directory(sub, data(sub)));
    const [offsetsTag, countsTag] = made.tiled ? [324, 325] : [273, 279];
    const all: Tags = {
      [offsetsTag]: [bigTiff ? FIELD.long8 : FIELD.long, places.offsets],
      [countsTag]: [bigTiff ? FIELD.long8 : FIELD.long, places.counts],
      ...(below.length > 0 ? { 330: [bigTiff ? FIELD.ifd8 : FIELD.ifd, below] } : {}),
      ...made.tags,
    };
    const entries = Object.entries(all).sort(([a], [b]) => Number(a) - Number(b));
    const body = entries.map(([tag, [type, values]]) => {
      const bytes = encode(type, values);
      const count = bytes.length / FIELD_SIZE[type]!;
      const value =
        bytes.length <= wide
          ? Buffer.concat([bytes, new Uint8Array(wide - bytes.length)])
          : number(wide, append(bytes));
      return Buffer.concat([number(2, Number(tag)), number(2, type), number(wide, count), value]);
    });
    const head = number(bigTiff ? 8 : 2, entries.length);
    const at = append(Buffer.concat([head, ...body, number(wide, 0)]));
    links.push([at, head.length + Buffer.concat(body).length]);
    return at;
  };
  const chain = (at: number): void => {
    const [, length] = links.at(-1)!;
    fills.push([pointer, at]);
    pointer = at + length;
  };
  const fills: [at: number, value: number][] = [];
  if (options.interleaved) {
    for (const made of pages) chain(directory(made, data(made)));
  } else {
    const places = pages.map(data);
    for (const [i, made] of pages.entries()) chain(directory(made, places[i]!));
  }
  const out = new Uint8Array(Buffer.concat(parts));
  for (const [at, value] of fills) out.set(number(wide, value), at);
  return out;
}
