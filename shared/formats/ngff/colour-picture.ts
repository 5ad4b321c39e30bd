const COLOURS = ["red", "green", "blue"];

/**
 * Whether the channels are the red, green and blue of a picture of 8 bits, with or without an alpha: its colours are true where all
 * three are shown from 0 to 255, and false where each is stretched to its own values.
 */
export function isColourPicture(
  channels: readonly { readonly label?: string | undefined }[] | undefined,
  dtype: string,
): boolean {
  if (dtype !== "uint8" || !channels || channels.length < 3 || channels.length > 4) return false;
  return COLOURS.every((colour, i) => channels[i]!.label?.toLowerCase() === colour);
}

/** The range in which the channels of such a picture are shown. */
export const PICTURE_RANGE = [0, 255] as const;
