import type { DType } from "../../block/dtype.ts";

/** How the pixels of a subblock are stored. */
export interface PixelType {
  readonly name: string;
  readonly dtype: DType;
  /** Samples of a pixel, which become channels. */
  readonly samples: number;
  /** Which stored sample each channel is: colours are stored as B, G, R. */
  readonly order: readonly number[];
}

const GREY = { samples: 1, order: [0] } as const;
const BGR = { samples: 3, order: [2, 1, 0] } as const;

/** By the number in the directory. Source: ZISRAW (CZI) File Format, "PixelTypes". */
export const PIXEL_TYPES: { readonly [code: number]: PixelType } = {
  0: { name: "Gray8", dtype: "uint8", ...GREY },
  1: { name: "Gray16", dtype: "uint16", ...GREY },
  2: { name: "Gray32Float", dtype: "float32", ...GREY },
  3: { name: "Bgr24", dtype: "uint8", ...BGR },
  4: { name: "Bgr48", dtype: "uint16", ...BGR },
  8: { name: "Bgr96Float", dtype: "float32", ...BGR },
  9: { name: "Bgra32", dtype: "uint8", samples: 4, order: [2, 1, 0, 3] },
  12: { name: "Gray32", dtype: "uint32", ...GREY },
  13: { name: "Gray64Float", dtype: "float64", ...GREY },
};

/** Pixel types that have names, and no dtype that Lamella computes with. */
const OTHERS: { readonly [code: number]: string } = {
  10: "Gray64ComplexFloat",
  11: "Bgr192ComplexFloat",
};

export function pixelTypeName(code: number): string {
  return PIXEL_TYPES[code]?.name ?? OTHERS[code] ?? `pixel type ${code}`;
}
