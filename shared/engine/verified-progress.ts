import type { Plan, Stage } from "../plan/schema.ts";
import { ListedObjects } from "./listed-objects.ts";
import { type Receipt, readProgress, type StageProgress, takeBackReceipts } from "./receipts.ts";
import type { RunFolder } from "./run-folder.ts";
import { verifyReceipt } from "./verify.ts";

/**
 * What receipts of a stage prove before it is gone on with: only those count whose objects are there as they promise. Where
 * some aren't, tasks of later stages may have read what was wrong, or fill values where nothing was: their receipts are
 * taken back first, then those that promise too much. `deep` compares checksums.
 */
export async function verifiedProgress(
  folder: RunFolder,
  plan: Plan,
  stage: number,
  deep: boolean,
): Promise<StageProgress> {
  const broken: Receipt[] = [];
  const listed = deep ? undefined : await ListedObjects.of(folder, plan, stage);
  const progress = await readProgress(folder, plan, stage, async (receipt) => {
    const holds = await verifyReceipt(plan, folder, receipt, deep, listed);
    if (!holds) broken.push(receipt);
    return holds;
  });
  if (broken.length === 0) return progress;
  const names = new Set(broken.flatMap(({ objects }) => objects.map(nameOf)));
  for (const later of readersOf(plan, stage, names)) await takeBackReceipts(folder, later);
  await takeBackReceipts(
    folder,
    stage,
    broken.map(({ batch }) => batch),
  );
  return progress;
}

/** What stages call an object's origin: an array, or the name of side files (`label/<name>/...`). */
function nameOf([array, key]: Receipt["objects"][number]): string {
  return array === "run" ? key.split("/")[1]! : array;
}

/** The stages after one that read, or may read, arrays and side files of these names, or what comes of them. */
export function readersOf(plan: Plan, stage: number, names: ReadonlySet<string>): number[] {
  const tainted = new Set(names);
  const readers: number[] = [];
  for (let later = stage + 1; later < plan.stages.length; later++) {
    const mentioned = stringsOf(plan.stages[later]!);
    if (![...mentioned].some((name) => tainted.has(name))) continue;
    readers.push(later);
    for (const name of mentioned)
      if (name in plan.arrays || isSide(plan.stages[later]!, name)) tainted.add(name);
  }
  return readers;
}

/** Every string in a stage: more than the names of what it reads, never less. */
function stringsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === "string") found.add(value);
  else if (Array.isArray(value)) for (const each of value) stringsOf(each, found);
  else if (value !== null && typeof value === "object")
    for (const each of Object.values(value)) stringsOf(each, found);
  return found;
}

const SIDES = ["side", "statesOut", "into"];

function isSide(stage: Stage, name: string): boolean {
  const holds = (value: unknown): boolean =>
    value !== null &&
    typeof value === "object" &&
    Object.entries(value).some(([key, each]) => (SIDES.includes(key) && each === name) || holds(each));
  return holds(stage);
}
