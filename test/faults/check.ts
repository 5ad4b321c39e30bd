import type { Objects } from "./place.ts";

const TEMPORARY = /(^|\/)\.lamella-[0-9a-f]{24}\.tmp$|\.tmp$/;
const CLAIM = /(^|\/)\.lamella-claim/;
const DOCUMENT = /(^|\/)(zarr\.json|\.zgroup|\.zarray|\.zattrs|\.zmetadata)$/;

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

/** The keys whose objects differ. */
export function different(a: Objects, b: Objects): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
    const [x, y] = [a.get(key), b.get(key)];
    return !x || !y || !x.equals(y);
  });
}

/** Pixels below a folder; labels are outputs of their own within an image. */
function pixelsBelow(objects: Objects, folder: string): Objects {
  const inside = folder.includes("/labels/");
  return new Map(
    [...objects].filter(
      ([key]) =>
        key.startsWith(folder) &&
        !DOCUMENT.test(key) &&
        !TEMPORARY.test(key) &&
        !CLAIM.test(key) &&
        (inside || !key.slice(folder.length).includes("labels/")),
    ),
  );
}

/**
 * What is half-written among outputs: a metadata document, which makes what lies below it open, must find there exactly the pixels
 * of an undisturbed run, or those of the output that was there before. A table or a TIFF is whole or not there.
 */
export function halfWritten(now: Objects, whole: Objects, before: Objects): string[] {
  const wrong: string[] = [];
  for (const [key, bytes] of now) {
    if (TEMPORARY.test(key) || CLAIM.test(key)) continue;
    const [ours, earlier] = [whole.get(key), before.get(key)];
    const isOurs = ours?.equals(bytes) ?? false;
    const isEarlier = earlier?.equals(bytes) ?? false;
    if (DOCUMENT.test(key)) {
      if (!isOurs && !isEarlier) {
        wrong.push(`${key} is a document of neither run`);
        continue;
      }
      const folder = folderOf(key);
      const there = pixelsBelow(now, folder);
      const wanted = [...(isOurs ? [whole] : []), ...(isEarlier ? [before] : [])];
      const misses = wanted.map((all) => different(there, pixelsBelow(all, folder)));
      if (misses.every((miss) => miss.length > 0))
        wrong.push(`${key} opens, but what it names isn't whole: ${misses[0]!.slice(0, 3).join(", ")}`);
    } else if (/\.(csv|parquet|tif)$/.test(key) && !isOurs && !isEarlier)
      wrong.push(`${key} is a file of neither run`);
  }
  return wrong;
}

/** What remains beside an output that should be finished. */
export function leftovers(objects: Objects): string[] {
  return [...objects.keys()].filter((key) => TEMPORARY.test(key) || CLAIM.test(key));
}
