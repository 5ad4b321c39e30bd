import { HuffmanTable } from "./bits.ts";

export interface Component {
  readonly id: number;
  /** Sampling factors. */
  readonly h: number;
  readonly v: number;
  readonly quantization: number;
  /** Size in samples, as far as the image reaches. */
  readonly width: number;
  readonly height: number;
  /** Blocks that the image needs, and blocks kept, which fill whole MCUs. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly stride: number;
  readonly plane: Uint8Array;
  /** Coefficients of all blocks, for progressive images. */
  readonly coefficients: Int16Array | undefined;
  prediction: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
  readonly maxH: number;
  readonly maxV: number;
  readonly mcusWide: number;
  readonly mcusHigh: number;
}

/** What markers have set so far; the tables of a TIFF's JPEGTables come first. */
export class Tables {
  readonly quantization: (Int32Array | undefined)[] = [];
  readonly dc: (HuffmanTable | undefined)[] = [];
  readonly ac: (HuffmanTable | undefined)[] = [];
  restartInterval = 0;
}

/** Position in natural order of the k-th coefficient (T.81, figure 5). */
export const ZIGZAG = new Uint8Array([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
]);

/** DQT, T.81 B.2.4.1. */
export function readQuantization(bytes: Uint8Array, tables: Tables): void {
  for (let at = 0; at < bytes.length; ) {
    const [precision, id] = [bytes[at]! >> 4, bytes[at]! & 15];
    at++;
    if (precision > 1 || id > 3 || at + 64 * (precision + 1) > bytes.length) {
      throw new Error("a JPEG quantization table is damaged");
    }
    const table = new Int32Array(64);
    for (let k = 0; k < 64; k++) {
      table[ZIGZAG[k]!] =
        precision === 0 ? bytes[at + k]! : (bytes[at + 2 * k]! << 8) | bytes[at + 2 * k + 1]!;
    }
    at += 64 * (precision + 1);
    tables.quantization[id] = table;
  }
}

/** DHT, T.81 B.2.4.2. */
export function readHuffman(bytes: Uint8Array, tables: Tables): void {
  for (let at = 0; at < bytes.length; ) {
    const [kind, id] = [bytes[at]! >> 4, bytes[at]! & 15];
    const counts = bytes.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, n) => sum + n, 0);
    at += 17;
    if (kind > 1 || id > 3 || counts.length < 16 || total > 256 || at + total > bytes.length) {
      throw new Error("a JPEG Huffman table is damaged");
    }
    (kind === 0 ? tables.dc : tables.ac)[id] = new HuffmanTable(counts, bytes.subarray(at, at + total));
    at += total;
  }
}

/** SOF0 to SOF2, T.81 B.2.2. `maxPixels` bounds what is allocated, whatever the header says. */
export function readFrame(bytes: Uint8Array, progressive: boolean, maxPixels: number): Frame {
  const precision = bytes[0]!;
  const height = (bytes[1]! << 8) | bytes[2]!;
  const width = (bytes[3]! << 8) | bytes[4]!;
  const count = bytes[5]!;
  if (precision !== 8) throw new Error(`JPEG of ${precision} bits is not read`);
  if (bytes.length < 6 + 3 * count || count < 1 || count > 4)
    throw new Error("the JPEG frame header is damaged");
  if (height === 0 || width === 0 || width * height > maxPixels)
    throw new Error(`a JPEG of ${width} x ${height} pixels`);
  const raw = Array.from({ length: count }, (_, i) => {
    const [id, factors, quantization] = [bytes[6 + 3 * i]!, bytes[7 + 3 * i]!, bytes[8 + 3 * i]!];
    return { id, h: factors >> 4, v: factors & 15, quantization };
  });
  if (raw.some(({ h, v, quantization }) => h < 1 || h > 4 || v < 1 || v > 4 || quantization > 3)) {
    throw new Error("the JPEG frame header is damaged");
  }
  const maxH = Math.max(...raw.map(({ h }) => h));
  const maxV = Math.max(...raw.map(({ v }) => v));
  const mcusWide = Math.ceil(width / (8 * maxH));
  const mcusHigh = Math.ceil(height / (8 * maxV));
  const components = raw.map((component) => {
    const { h, v } = component;
    const stride = mcusWide * h * 8;
    const size = stride * mcusHigh * v * 8;
    const [wide, high] = [Math.ceil((width * h) / maxH), Math.ceil((height * v) / maxV)];
    return {
      ...component,
      width: wide,
      height: high,
      blocksWide: Math.ceil(wide / 8),
      blocksHigh: Math.ceil(high / 8),
      stride,
      plane: new Uint8Array(size),
      coefficients: progressive ? new Int16Array(size) : undefined,
      prediction: 0,
    };
  });
  return { width, height, progressive, components, maxH, maxV, mcusWide, mcusHigh };
}
