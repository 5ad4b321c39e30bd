import type { PixelType } from "../pixel-type.ts";

/** What a codec may need to know of the tile that it decodes. */
export interface TileInfo {
  readonly pixelType: PixelType;
  readonly rows: number;
  readonly columns: number;
  /** Bytes that the tile must decode to: rows, columns, samples, little-endian. */
  readonly expected: number;
}

/**
 * One way of compressing a subblock. `decode` returns at least `expected` bytes, throws a plain Error saying what is
 * wrong otherwise, and never allocates more than a few times `expected`.
 */
export interface TileCodec {
  readonly name: string;
  readonly code: number;
  /** Bytes that one compressed byte may become, at most: more is known to be damaged before memory is taken. */
  readonly maxRatio: number;
  /** The result may be the store's own bytes, which nobody writes to. */
  readonly raw?: boolean;
  /** Why pixels of this type can't be decoded, where they can't. */
  refuse?(pixelType: PixelType): string | undefined;
  decode(bytes: Uint8Array, info: TileInfo): Uint8Array;
}
