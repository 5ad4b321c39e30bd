import { RUN_FOLDER } from "../plan/builder.ts";
import type { Plan } from "../plan/schema.ts";
import { compareKeys } from "../storage/key.ts";
import type { ObjectStore } from "../storage/store.ts";
import { ObjectSet } from "./object-set.ts";
import type { Receipt } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";
import { storeOf } from "./stored-place.ts";

/** Receipts that are read beforehand, to learn where a stage's objects lie. */
const SAMPLED = 32;
/** Objects of an array up to which each is asked for: a listing of its folder may be of more. */
const FEW = 16;
/** Listings of parts of a folder at once, and the objects that a part has at least: a page of S3's has 1,000. */
const PARTS = 32;
const LEAST_IN_PART = 4_000;

/** The objects of an array below a prefix, as a listing found them. */
export interface Listing {
  /** Whether an object is there with this size; undefined for one that lies elsewhere. */
  holds(key: string, bytes: number): boolean | undefined;
}

interface Place {
  readonly prefix: string;
  /** Keys, ascending, that part the folder into parts of about one size. */
  readonly borders: readonly string[];
}

/**
 * What is there of the objects that receipts of a stage promise, by listings of a thousand objects a request instead of a request each: ten million
 * take ten thousand requests, of which thirty-two are on their way at once. A listing of an array is made when it is first asked for.
 */
export class ListedObjects {
  readonly #plan: Plan;
  readonly #folder: RunFolder;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #stores = new Map<string, ObjectStore>();
  readonly #listings = new Map<string, Promise<Listing | undefined>>();

  private constructor(plan: Plan, folder: RunFolder, places: ReadonlyMap<string, Place>) {
    this.#plan = plan;
    this.#folder = folder;
    this.#places = places;
  }

  /** Undefined where nothing is to be listed: no receipts, or places that answer for each object as fast. */
  static async of(folder: RunFolder, plan: Plan, stage: number): Promise<ListedObjects | undefined> {
    if (!writesToS3(plan, folder)) return undefined;
    const keys: string[] = [];
    for await (const { key } of folder.store.list(`receipts/${stage}/`)) keys.push(key);
    if (keys.length === 0) return undefined;
    const every = Math.max(1, keys.length / SAMPLED);
    const chosen = Array.from(
      { length: Math.min(SAMPLED, keys.length) },
      (_, i) => keys[Math.floor(i * every)]!,
    );
    const sampled = await Promise.all(chosen.map((key) => folder.sealed<Receipt>(key)));
    const known = new Map<string, string[]>();
    for (const receipt of sampled)
      for (const [array, key, size] of receipt?.objects ?? []) {
        if (size === 0) continue;
        const found = known.get(array);
        if (found) found.push(key);
        else known.set(array, [key]);
      }
    const times = keys.length / chosen.length;
    const places = new Map<string, Place>();
    for (const [array, found] of known)
      if (found.length * times > FEW) places.set(array, placeOf(found, found.length * times));
    return new ListedObjects(plan, folder, places);
  }

  /** Undefined for an array whose objects are to be asked for one by one. */
  listing(array: string): Promise<Listing | undefined> {
    let listing = this.#listings.get(array);
    if (!listing) {
      listing = this.#list(array);
      this.#listings.set(array, listing);
    }
    return listing;
  }

  async #list(array: string): Promise<Listing | undefined> {
    const place = this.#places.get(array);
    const store = place && (await storeOf(this.#plan, this.#folder, array, this.#stores));
    if (!place || !store || !isS3(store.uri)) return undefined;
    const { prefix, borders } = place;
    const found = new ObjectSet();
    const part = async (i: number): Promise<void> => {
      const after = borders[i - 1];
      const until = borders[i];
      for await (const { key, size } of store.list(prefix, after === undefined ? {} : { after })) {
        found.add(key, size);
        if (until !== undefined && compareKeys(key, until) >= 0) break;
      }
    };
    await Promise.all(Array.from({ length: borders.length + 1 }, (_, i) => part(i)));
    return { holds: (key, bytes) => (key.startsWith(prefix) ? found.has(key, bytes) : undefined) };
  }
}

/** The folder that the sampled keys share, and borders at which as many of them lie on each side. */
function placeOf(sampled: readonly string[], objects: number): Place {
  const keys = sampled.toSorted(compareKeys);
  const first = keys[0]!;
  const last = keys.at(-1)!;
  let shared = 0;
  while (shared < first.length && first[shared] === last[shared]) shared++;
  const parts = Math.max(1, Math.min(PARTS, Math.floor(objects / LEAST_IN_PART)));
  const borders = Array.from(
    { length: parts - 1 },
    (_, i) => keys[Math.floor(((i + 1) * keys.length) / parts)]!,
  );
  return { prefix: first.slice(0, first.lastIndexOf("/", shared - 1) + 1), borders: [...new Set(borders)] };
}

function writesToS3(plan: Plan, folder: RunFolder): boolean {
  return (
    isS3(folder.store.uri) ||
    Object.values(plan.arrays).some(
      (array) => array.role !== "input" && array.uri !== RUN_FOLDER && isS3(array.uri),
    )
  );
}

/** Elsewhere, looking at an object is no request over a network, and a listing looks at each as well. */
function isS3(uri: string): boolean {
  return uri.startsWith("s3://");
}
