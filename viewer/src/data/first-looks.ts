import type { ImageDocument } from "./api.ts";
import { fit, type Look, linked, type Size } from "./space.ts";

type Looks = readonly (Look | undefined)[];

/**
 * Looks with one for each image that has a size on the page and none yet: `start`, which the address says, for the
 * first image, the same place as another's where views are linked, or else the whole image. Without such an image
 * `looks` itself, so that nothing is drawn anew.
 */
export function withFirstLooks(
  looks: Looks,
  images: readonly (ImageDocument | undefined)[],
  sizes: readonly (Size | undefined)[],
  isLinked: boolean,
  start: Look | undefined,
): Looks {
  const after = images.map((_, i) => looks[i]);
  for (const [i, image] of images.entries()) {
    const size = sizes[i];
    if (after[i] || !image || !size) continue;
    // the address says where the first looks, and the others look there too
    if (i > 0 && isLinked && start && !after[0]) continue;
    const other = isLinked ? after.findIndex((look, j) => look && images[j]) : -1;
    if (other >= 0) after[i] = linked(after[other]!, images[other]!, image);
    else after[i] = (i === 0 ? start : undefined) ?? fit(image, size);
  }
  return after.some((look, i) => look !== looks[i]) ? after : looks;
}
