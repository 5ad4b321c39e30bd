import type { Draw } from "../properties/draw.ts";
import type { Objects, Place } from "./place.ts";

/** What happens to objects while no engine runs. */
export const DAMAGES = [
  "receipt lost",
  "receipt torn",
  "receipt flipped",
  "chunk flipped",
  "chunk truncated",
  "chunk removed",
  "plan flipped",
  "plan torn",
  "state torn",
  "state flipped",
  "manifest flipped",
  "claim flipped",
  "claim torn",
  "stray temporary file",
] as const;
export type Damage = (typeof DAMAGES)[number];

const RECEIPT = /\/receipts\/.*\.json$/;
const CLAIM = /\.lamella-claim(\.[^/]*)?(\.json)?$/;
const DOCUMENT = /(?:\.json|\.zgroup|\.zarray|\.zattrs|\.zmetadata|\.tmp)$/;
const RUN_DATA = /^runs\/runs\/[^/]+\/(?:data|state|label)\//;

function isChunk(key: string): boolean {
  if (DOCUMENT.test(key) || CLAIM.test(key)) return false;
  return key.startsWith("out/") || RUN_DATA.test(key);
}

const TARGETS: { readonly [what: string]: (key: string) => boolean } = {
  receipt: (key) => RECEIPT.test(key),
  chunk: isChunk,
  plan: (key) => key.endsWith("/plan.json"),
  state: (key) => key.endsWith("/state.json"),
  manifest: (key) => key.includes("/manifest/"),
  claim: (key) => CLAIM.test(key),
};

/** Damages one object of a run that has stopped; undefined where there is none of the kind. Gives the object's key. */
export async function damage(kind: Damage, place: Place, draw: Draw): Promise<string | undefined> {
  const all: Objects = new Map([...(await place.objects("runs")), ...(await place.objects("out"))]);
  if (kind === "stray temporary file") {
    if (place.kind !== "file" || all.size === 0) return undefined;
    const beside = draw.pick([...all.keys()]);
    const key = `${beside.slice(0, beside.lastIndexOf("/"))}/.lamella-0123456789abcdef01234567.tmp`;
    await place.put(key, Buffer.from("half of"));
    return key;
  }
  const [what, how] = kind.split(" ") as [string, string];
  const keys = [...all.keys()].filter((key) => TARGETS[what]!(key) && all.get(key)!.length > 0);
  if (keys.length === 0) return undefined;
  const key = draw.pick(keys);
  const bytes = Buffer.from(all.get(key)!);
  if (how === "lost" || how === "removed") await place.remove(key);
  else if (how === "torn" || how === "truncated")
    await place.put(key, bytes.subarray(0, draw.int(0, bytes.length - 1)));
  else {
    const at = draw.int(0, bytes.length - 1);
    bytes[at] = bytes[at]! ^ (1 << draw.int(0, 7));
    await place.put(key, bytes);
  }
  return key;
}

/** Damage that only reading objects again can show. */
export function needsVerify(kind: Damage): boolean {
  return kind.startsWith("chunk");
}
