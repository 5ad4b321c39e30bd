import { FIELD } from "../../shared/formats/tiff/tags.ts";
import { type MadePage, page, type Tags } from "./make-tiff.ts";

const SHORT = (...values: number[]) => [FIELD.short, values] as const;

export interface LsmOptions {
  readonly sizes: readonly [width: number, height: number, z: number, c: number, t: number];
  readonly scanType?: number;
  readonly positions?: number;
  readonly colorsAt?: number;
}

/** CZ_LSMINFO as LSM 3.2 and later have it. */
export function lsmInfo({ sizes, scanType = 0, positions = 0, colorsAt = 0 }: LsmOptions): Tags {
  const view = new DataView(new ArrayBuffer(500));
  view.setUint32(0, 0x00400494c, true);
  view.setInt32(4, 500, true);
  sizes.forEach((n, i) => {
    view.setInt32(8 + 4 * i, n, true);
  });
  [2e-7, 3e-7, 1e-6].forEach((metres, i) => {
    view.setFloat64(40 + 8 * i, metres, true);
  });
  view.setUint16(88, scanType, true);
  view.setUint32(108, colorsAt, true);
  view.setFloat64(112, 0.5, true);
  view.setInt32(264, positions, true);
  return { 34412: [FIELD.byte, [...new Uint8Array(view.buffer)]] };
}

/** Image pages of planar samples, a byte a pixel counted through, each with a thumbnail behind it. */
export function lsmPages(options: LsmOptions, count: number, rows = options.sizes[1]): MadePage[] {
  const [width, , , samples] = options.sizes;
  const thumbnail = page(1, 1, 8, [new Uint8Array([99])], { 254: [FIELD.long, [1]] });
  let value = 0;
  const plane = (): Uint8Array => new Uint8Array(width * rows).map(() => value++);
  const tags: Tags = {
    258: SHORT(...new Array<number>(samples).fill(8)),
    277: SHORT(samples),
    284: SHORT(2),
  };
  return Array.from({ length: count }, (_, i) => [
    page(width, rows, 8, Array.from({ length: samples }, plane), {
      ...tags,
      ...(i === 0 ? lsmInfo(options) : {}),
    }),
    thumbnail,
  ]).flat();
}
