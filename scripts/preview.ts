import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { fromZarr, type LazyArray } from "../shared/index.ts";

const WIDEST = 1024;

/** Writes a PNG of the middle plane of an OME-Zarr's first channel, at a level of at most 1024 pixels, with its labels' outlines. */
export async function writePreview(zarr: string, target: string): Promise<void> {
  let level = 0;
  let image = await fromZarr(zarr, { component: "0/0" });
  while (Math.max(...image.shape.slice(-2)) > WIDEST) {
    const next = await fromZarr(zarr, { component: `0/${level + 1}` }).catch(() => undefined);
    if (!next) break;
    image = next;
    level++;
  }
  const [height, width] = image.shape.slice(-2) as [number, number];
  const z = Math.floor(image.shape[2]! / 2);
  const pixels = await plane(image, z);
  const labels = await plane(await fromZarr(zarr, { component: `0/labels/objects/${level}` }), z);
  const [low, high] = percentiles(pixels);
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const grey = Math.max(0, Math.min(255, Math.round(((pixels[i]! - low) / (high - low || 1)) * 255)));
    const label = labels[i]!;
    const edge =
      label !== 0 && (labels[i + 1] !== label || labels[i + width] !== label || labels[i - 1] !== label);
    const color = edge ? colorOf(label) : [grey, grey, grey];
    rgb.set(color, i * 3);
  }
  writeFileSync(target, png(width, height, rgb));
}

async function plane(array: LazyArray, z: number): Promise<Float64Array> {
  const { data, shape } = await array.compute();
  const size = shape.at(-1)! * shape.at(-2)!;
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = Number(data[z * size + i]);
  return values;
}

function percentiles(values: Float64Array): [number, number] {
  const sorted = values.slice().sort();
  return [sorted[Math.floor(sorted.length * 0.01)] ?? 0, sorted[Math.floor(sorted.length * 0.998)] ?? 1];
}

/** A colour per label: the golden angle around the hue circle. */
function colorOf(label: number): [number, number, number] {
  const hue = (label * 137.508) % 360;
  const channel = (shift: number): number => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (0.6 - 0.4 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function png(width: number, height: number, rgb: Uint8Array): Buffer {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++)
    rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
