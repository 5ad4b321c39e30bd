/**
 * Makes the demo's image: nuclei and the membranes around them, two channels of a volume, blurred and noisy as a
 * microscope would have it. The same seed and size give the same bytes.
 *
 *     node scripts/make-demo-image.ts OUT.ome.tif [--shape 1,2,16,1024,1024] [--seed 1]
 */
import { parseArgs } from "node:util";
import { fileSink } from "../shared/formats/tiff/sink.ts";
import { writeOmeTiff } from "../shared/formats/tiff/write.ts";

export interface DemoImageOptions {
  /** T, C, Z, Y, X; C is 1 or 2. 1 x 2 x 16 x 1024 x 1024 by default: 64 MiB. */
  readonly shape?: readonly [number, number, number, number, number];
  readonly seed?: number;
}

/** Micrometres a voxel. */
const SIZE = { z: 1, y: 0.325, x: 0.325 };
const CHANNELS = [
  { label: "nuclei", color: "00A0FF" },
  { label: "membrane", color: "FF8000" },
];
const BACKGROUND = 180;
/** Volume per nucleus, cubic micrometres: tissue that is well filled and still mostly separate. */
const VOLUME_PER_NUCLEUS = 1400;

/** Writes the image as a tiled OME-TIFF (deflate). Resolves to its size in bytes. */
export async function makeDemoImage(target: string, options: DemoImageOptions = {}): Promise<number> {
  const { shape = [1, 2, 16, 1024, 1024], seed = 1 } = options;
  const [, , sizeZ, height, width] = shape;
  let key = "";
  let volume: Float32Array = new Float32Array(0);
  const axes = [
    { name: "t", type: "time", scale: 1, translation: 0 },
    { name: "c", type: "channel", scale: 1, translation: 0 },
    { name: "z", type: "space", unit: "micrometer", scale: SIZE.z, translation: 0 },
    { name: "y", type: "space", unit: "micrometer", scale: SIZE.y, translation: 0 },
    { name: "x", type: "space", unit: "micrometer", scale: SIZE.x, translation: 0 },
  ] as const;
  return writeOmeTiff(
    await fileSink(target),
    {
      name: "nuclei and membranes",
      shape,
      dtype: "uint16",
      tile: [256, 256],
      compression: "deflate",
      compressionLevel: 1,
      axes,
      channels: CHANNELS.slice(0, shape[1]),
    },
    ({ t, c, z, row, rows }) => {
      if (key !== `${t} ${c}`) {
        key = `${t} ${c}`;
        volume = drawCells(scatterCells(sizeZ, height, width, seed), t, c, sizeZ, height, width);
      }
      const from = (z * height + row) * width;
      return digitise(volume.subarray(from, from + rows * width), mix(seed, t, c, z, row));
    },
  );
}

interface Cell {
  /** Centre and radii, in voxels. */
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly radiusZ: number;
  readonly radiusY: number;
  readonly radiusX: number;
  readonly brightness: number;
  /** Drift per time point, in voxels. */
  readonly driftY: number;
  readonly driftX: number;
}

/** Cells at random places that keep their distance, so that thresholding tells them apart. */
function scatterCells(sizeZ: number, height: number, width: number, seed: number): Cell[] {
  const random = generator(mix(seed, 7));
  const volume = sizeZ * SIZE.z * height * SIZE.y * width * SIZE.x;
  const wanted = Math.max(1, Math.round(volume / VOLUME_PER_NUCLEUS));
  const cells: Cell[] = [];
  const grid = new Map<string, Cell[]>();
  const bin = 40;
  for (let tries = 0; tries < wanted * 10 && cells.length < wanted; tries++) {
    const radius = 3.2 + 1.6 * random();
    const cell: Cell = {
      z: random() * (sizeZ + 2) - 1.5,
      y: random() * height,
      x: random() * width,
      radiusZ: (radius * (0.9 + 0.3 * random())) / SIZE.z,
      radiusY: (radius * (0.8 + 0.4 * random())) / SIZE.y,
      radiusX: (radius * (0.8 + 0.4 * random())) / SIZE.x,
      brightness: 1400 + 1100 * random(),
      driftY: random() - 0.5,
      driftX: random() - 0.5,
    };
    const [gy, gx] = [Math.floor(cell.y / bin), Math.floor(cell.x / bin)];
    let free = true;
    for (let dy = -1; dy <= 1 && free; dy++) {
      for (let dx = -1; dx <= 1 && free; dx++) {
        free = (grid.get(`${gy + dy} ${gx + dx}`) ?? []).every((other) => distance(cell, other) > 2.3);
      }
    }
    if (!free) continue;
    cells.push(cell);
    const key = `${gy} ${gx}`;
    grid.set(key, [...(grid.get(key) ?? []), cell]);
  }
  return cells;
}

/** Distance of centres in mean radii. */
function distance(a: Cell, b: Cell): number {
  const dz = (a.z - b.z) / (a.radiusZ + b.radiusZ);
  const dy = (a.y - b.y) / (a.radiusY + b.radiusY);
  const dx = (a.x - b.x) / (a.radiusX + b.radiusX);
  return 2 * Math.hypot(dz, dy, dx);
}

/** Nuclei are soft-edged ellipsoids; membranes the shells a little outside them. */
function drawCells(
  cells: readonly Cell[],
  t: number,
  channel: number,
  sizeZ: number,
  height: number,
  width: number,
): Float32Array {
  const volume = new Float32Array(sizeZ * height * width).fill(BACKGROUND);
  const reach = 1.5;
  for (const cell of cells) {
    const [cy, cx] = [cell.y + cell.driftY * t, cell.x + cell.driftX * t];
    const [z0, z1] = span(cell.z, cell.radiusZ * reach, sizeZ);
    const [y0, y1] = span(cy, cell.radiusY * reach, height);
    const [x0, x1] = span(cx, cell.radiusX * reach, width);
    for (let z = z0; z < z1; z++) {
      const dz = ((z - cell.z) / cell.radiusZ) ** 2;
      for (let y = y0; y < y1; y++) {
        const dy = dz + ((y - cy) / cell.radiusY) ** 2;
        if (dy > reach * reach) continue;
        for (let x = x0, i = (z * height + y) * width + x0; x < x1; x++, i++) {
          const r = Math.sqrt(dy + ((x - cx) / cell.radiusX) ** 2);
          if (r > reach) continue;
          const profile =
            channel === 0 ? 1 / (1 + Math.exp((r - 0.9) * 14)) : Math.exp(-(((r - 1.12) / 0.1) ** 2));
          volume[i]! += profile * cell.brightness * (channel === 0 ? 1 : 0.6);
        }
      }
    }
  }
  return volume;
}

function span(centre: number, radius: number, size: number): [number, number] {
  return [Math.max(0, Math.ceil(centre - radius)), Math.min(size, Math.floor(centre + radius) + 1)];
}

/** Photon and camera noise, then whole counts of 16 bits. */
function digitise(signal: Float32Array, seed: number): Uint16Array {
  const out = new Uint16Array(signal.length);
  let state = seed | 1;
  for (let i = 0; i < signal.length; i++) {
    // Xorshift; four of its bytes add up to nearly a normal distribution.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    const value = signal[i]! + ((sum - 510) / 148) * (12 + Math.sqrt(signal[i]!));
    out[i] = value < 0 ? 0 : value > 65535 ? 65535 : Math.round(value);
  }
  return out;
}

/** Uniform numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One seed of several numbers. */
function mix(...numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const n of numbers) {
    hash = Math.imul(hash ^ n, 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
  }
  return hash | 0;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { shape: { type: "string" }, seed: { type: "string" } },
  });
  const [target] = positionals;
  const shape = values.shape?.split(",").map(Number);
  if (!target || (shape && shape.length !== 5)) {
    console.error("usage: node scripts/make-demo-image.ts OUT.ome.tif [--shape T,C,Z,Y,X] [--seed N]");
    process.exit(2);
  }
  const started = performance.now();
  const bytes = await makeDemoImage(target, {
    ...(shape ? { shape: shape as unknown as readonly [number, number, number, number, number] } : {}),
    ...(values.seed ? { seed: Number(values.seed) } : {}),
  });
  console.error(
    `${target}: ${(bytes / 2 ** 20).toFixed(1)} MiB in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}
