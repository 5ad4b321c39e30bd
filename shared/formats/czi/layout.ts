import type { DirectoryEntry } from "./directory.ts";
import { cziError } from "./error.ts";
import { PIXEL_TYPES, type PixelType, pixelTypeName } from "./pixel-type.ts";
import { pyramidOf } from "./pyramid.ts";
import type { Tile } from "./tile.ts";

/** One image of a file: a scene, for each of its pixel types. */
export interface CziImage {
  /** Index of the scene, acquisition block and view, where the file has them. */
  readonly scene: number | undefined;
  readonly block: number | undefined;
  readonly view: number | undefined;
  readonly pixelType: PixelType;
  /** T: phases (H) of all times one after the other. */
  readonly sizeT: number;
  /** Channels counted in planes: a plane of three samples is one. Illuminations (I) one after the other. */
  readonly planesC: number;
  /** Z: rotations (R) one after the other. */
  readonly sizeZ: number;
  /** Which channel of the file each plane along C shows. */
  readonly channels: readonly number[];
  /** Sizes of the dimensions that are folded into C, Z and T. */
  readonly folded: { readonly [dimension: string]: number };
  /** Full resolution first. */
  readonly levels: readonly CziLevel[];
  /** Most tiles that a plane of the full resolution has. */
  readonly tilesPerPlane: number;
}

export interface CziLevel {
  readonly width: number;
  readonly height: number;
  /** Tiles by (t * planesC + c) * sizeZ + z; where they overlap the last one is seen. */
  readonly planes: ReadonlyMap<number, readonly Tile[]>;
}

/** From the first index that there is to the last. */
interface Range {
  readonly start: number;
  readonly size: number;
}

const MAX_PLANES = 2 ** 22;
/** Tiles may lie far apart, but an image of this many pixels that has a tile here and there is a damaged one. */
const MAX_SPREAD_PIXELS = 2 ** 34;
const MAX_SPREAD = 4096;

/**
 * Sorts the subblocks of a directory into images, levels and planes. Scenes (S), acquisition blocks (B), views (V) and
 * pixel types are images of their own, in the order of Bio-Formats; rotations, illuminations and phases follow each
 * other along Z, C and T, as there. Tiles lie by their M index, the highest on top, as with libCZI.
 * Throws CZI_UNSUPPORTED, CZI_MALFORMED naming `file`.
 */
export function layOut(entries: readonly DirectoryEntry[], file: string): CziImage[] {
  const unknown = entries.find((entry) => !PIXEL_TYPES[entry.pixelType]);
  if (unknown) {
    throw cziError(
      "CZI_UNSUPPORTED",
      { file, segment: `subblock at byte ${unknown.position}` },
      `pixels of ${pixelTypeName(unknown.pixelType)} are not read`,
    );
  }
  const full = entries.filter((entry) => !isReduced(entry));
  // A file may keep nothing but a reduced image: then that is the full one.
  const base = full.length > 0 ? full : entries;
  if (base.length === 0) throw cziError("CZI_MALFORMED", { file }, "it has no subblocks");
  const ranges = Object.fromEntries([..."TZRIH"].map((name) => [name, rangeOf(base, name)]));
  const groups = new Map<string, DirectoryEntry[]>();
  const keyOf = keyer();
  const keys = new Set<string>();
  for (const entry of base) keys.add(keyOf(entry));
  for (const entry of entries) {
    const key = keyOf(entry);
    // Parts of a pyramid that lie over several scenes belong to none.
    if (!keys.has(key)) continue;
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const channels = channelsByType(groups.values());
  const types = [...channels.keys()];
  return [...groups.values()]
    .sort(([a], [b]) => types.indexOf(typeKey(a!)) - types.indexOf(typeKey(b!)) || compareScenes(a!, b!))
    .map((group) =>
      imageOf(group, ranges as { [name: string]: Range }, channels.get(typeKey(group[0]!))!, file),
    );
}

/** The channels of each pixel type, that of the lowest channel first. */
function channelsByType(groups: Iterable<readonly DirectoryEntry[]>): Map<string, number[]> {
  const found = new Map<string, Set<number>>();
  for (const group of groups) {
    const key = typeKey(group[0]!);
    const channels = found.get(key) ?? new Set();
    found.set(key, channels);
    for (const entry of group) channels.add(channelOf(entry));
  }
  return new Map(
    [...found]
      .map(([key, channels]) => [key, [...channels].sort((a, b) => a - b)] as const)
      .sort(([, a], [, b]) => a[0]! - b[0]!),
  );
}

function imageOf(
  group: readonly DirectoryEntry[],
  ranges: { readonly [name: string]: Range },
  channels: readonly number[],
  file: string,
): CziImage {
  const [t, z, r, i, h] = [..."TZRIH"].map((name) => ranges[name]!) as [Range, Range, Range, Range, Range];
  const sizeT = t.size * h.size;
  const sizeZ = z.size * r.size;
  const planesC = channels.length * i.size;
  if (sizeT * sizeZ * planesC > MAX_PLANES) {
    throw cziError(
      "CZI_MALFORMED",
      { file },
      `it has ${sizeT} x ${planesC} x ${sizeZ} planes, more than can be held`,
    );
  }
  const position = new Map(channels.map((channel, index) => [channel, index]));
  const along = (entry: DirectoryEntry, name: string, { start, size }: Range): number =>
    Math.min(size - 1, Math.max(0, (entry.at[name] ?? start) - start));
  const planeOf = (entry: DirectoryEntry): number => {
    const atT = along(entry, "H", h) * t.size + along(entry, "T", t);
    const atC = along(entry, "I", i) * channels.length + (position.get(channelOf(entry)) ?? 0);
    const atZ = along(entry, "R", r) * z.size + along(entry, "Z", z);
    return (atT * planesC + atC) * sizeZ + atZ;
  };
  const levels = pyramidOf(group, planeOf, PIXEL_TYPES[group[0]!.pixelType]!);
  requireDense(levels[0]!, file);
  const [first] = group as [DirectoryEntry];
  const folded = Object.entries({ R: r.size, I: i.size, H: h.size }).filter(([, size]) => size > 1);
  return {
    scene: first.at["S"],
    block: first.at["B"],
    view: first.at["V"],
    pixelType: PIXEL_TYPES[first.pixelType]!,
    sizeT,
    planesC,
    sizeZ,
    channels: Array.from({ length: planesC }, (_, c) => channels[c % channels.length]!),
    folded: Object.fromEntries(folded),
    levels,
    tilesPerPlane: [...levels[0]!.planes.values()].reduce((most, tiles) => Math.max(most, tiles.length), 0),
  };
}

/** True for a part of the pyramid: fewer pixels are stored than it covers. */
function isReduced(entry: DirectoryEntry): boolean {
  return entry.storedWidth < entry.width || entry.storedHeight < entry.height;
}

function channelOf(entry: DirectoryEntry): number {
  return entry.at["C"] ?? 0;
}

/** How often a stored pixel is finer than those of the file (PALM). */
function finenessOf(entry: DirectoryEntry): number {
  return entry.storedWidth > entry.width ? Math.round(entry.storedWidth / entry.width) : 1;
}

/** Pixel types are images of their own, and so are finer pixels. */
function typeKey(entry: DirectoryEntry): string {
  return `${entry.pixelType}/${finenessOf(entry)}`;
}

/** Gives the key of an entry's image. Entries of one image follow each other: their key is made once. */
function keyer(): (entry: DirectoryEntry) => string {
  let last: DirectoryEntry | undefined;
  let key = "";
  return (entry) => {
    const { S, B, V } = entry.at;
    const same =
      last?.pixelType === entry.pixelType &&
      finenessOf(last) === finenessOf(entry) &&
      last.at["S"] === S &&
      last.at["B"] === B &&
      last.at["V"] === V;
    if (!same) key = `${typeKey(entry)}/${S}/${B}/${V}`;
    last = entry;
    return key;
  };
}

function compareScenes(a: DirectoryEntry, b: DirectoryEntry): number {
  for (const name of ["S", "B", "V"]) {
    const difference = (a.at[name] ?? -1) - (b.at[name] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rangeOf(entries: readonly DirectoryEntry[], name: string): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { at } of entries) {
    const start = at[name];
    if (start === undefined) continue;
    low = Math.min(low, start);
    high = Math.max(high, start);
  }
  return low > high ? { start: 0, size: 1 } : { start: low, size: high - low + 1 };
}

function requireDense({ width, height, planes }: CziLevel, file: string): void {
  if (width * height <= MAX_SPREAD_PIXELS) return;
  let covered = 0;
  for (const tiles of planes.values()) {
    const area = tiles.reduce((sum, tile) => sum + tile.rows * tile.columns, 0);
    covered = Math.max(covered, area);
  }
  if (width * height > covered * MAX_SPREAD) {
    throw cziError(
      "CZI_MALFORMED",
      { file },
      `its tiles are spread over ${width} x ${height} pixels, of which they have ${covered}`,
    );
  }
}
