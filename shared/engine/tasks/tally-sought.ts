import type { Sought } from "../../kernels/tally/index.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { getState, putState } from "./state-files.ts";

/** What a pass knows of the elements that the next one looks for, and how many elements are NaN. */
export interface SoughtFile {
  readonly sought: readonly Sought[];
  readonly nan: number;
}

export async function putSought(
  session: WorkerSession,
  name: string,
  { sought, nan }: SoughtFile,
): Promise<ObjectRecord> {
  const text = JSON.stringify({
    nan,
    sought: sought.map(({ prefix, rank }) => [prefix.toString(), rank]),
  });
  return putState(session, `state/${name}/sought`, new TextEncoder().encode(text));
}

export async function getSought(session: WorkerSession, name: string): Promise<SoughtFile> {
  const text = new TextDecoder().decode(await getState(session, `state/${name}/sought`));
  const { nan, sought } = JSON.parse(text) as { nan: number; sought: [string, number][] };
  return { nan, sought: sought.map(([prefix, rank]) => ({ prefix: BigInt(prefix), rank })) };
}
