import { chunksMeeting } from "../shared/block/chunk-grid.ts";
import { bytesOf } from "../shared/block/dtype.ts";
import { openStore } from "../shared/storage/uri.ts";
import { openZarrArray } from "../shared/zarr/read.ts";

export interface Difference {
  readonly largest: number;
  /** Part of the elements that differ at all. */
  readonly share: number;
}

/** Compares two Zarr arrays of the same shape and chunks, of numbers. */
export async function compareArrays(first: string, second: string): Promise<Difference> {
  const a = await openZarrArray(await openStore(first));
  const b = await openZarrArray(await openStore(second));
  if (`${a.shape} ${a.chunkShape} ${a.dtype}` !== `${b.shape} ${b.chunkShape} ${b.dtype}`) {
    throw new Error(
      `${first} is ${a.dtype} [${a.shape}], ${second} ${b.dtype} [${b.shape}], or their chunks differ`,
    );
  }
  let largest = 0;
  let differing = 0;
  let elements = 0;
  for (const coords of chunksMeeting({ start: a.shape.map(() => 0), shape: a.shape }, a.chunkShape)) {
    const [ours, theirs] = [await a.readChunk(coords), await b.readChunk(coords)];
    if (!ours || !theirs) {
      if (ours !== theirs) throw new Error(`only one of the arrays has chunk ${coords}`);
      continue;
    }
    elements += ours.data.length;
    if (Buffer.compare(bytesOf(ours.data), bytesOf(theirs.data)) === 0) continue;
    for (let i = 0; i < ours.data.length; i++) {
      const difference = Math.abs(Number(ours.data[i]!) - Number(theirs.data[i]!));
      if (difference === 0) continue;
      differing++;
      if (difference > largest) largest = difference;
    }
  }
  return { largest, share: elements === 0 ? 0 : differing / elements };
}
