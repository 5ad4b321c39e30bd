import { Worker } from "node:worker_threads";
import { errorFromJson, LamellaError } from "../../errors.ts";
import { THREAD_LIMITS } from "../reclaim.ts";
import { threadEnvironment } from "../thread-environment.ts";
import { type LanePlace, readLane, stopLanes, type WholeRead } from "./lane.ts";

export type LaneAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly error: { code: string; message: string; hint: string | null; details: unknown };
    };

/** Reads on this thread and, for each further place, on one more. Rejects with the first error, once all have ended. */
export async function readInLanes(
  read: WholeRead,
  [own, ...others]: readonly [LanePlace, ...LanePlace[]],
  signal?: AbortSignal,
): Promise<void> {
  const stop = (): void => stopLanes(read);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const lanes = others.map((place) => inThread(read, place));
    const ends = await Promise.allSettled([readLane(read, own, signal), ...lanes]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function inThread(read: WholeRead, place: LanePlace): Promise<void> {
  // Sources run by type stripping; what is published is bundled, with the worker beside it.
  const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./read-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { read, place },
    env: threadEnvironment(),
    name: "lamella-read",
    resourceLimits: THREAD_LIMITS,
  });
  return new Promise<void>((resolve, reject) => {
    const died = (why: string): void => {
      stopLanes(read);
      reject(
        new LamellaError("WORKER_DIED", `a thread that read ${read.array.source.uri} died: ${why}`, {
          hint: "If memory is short: fewer workers, or smaller pieces of the array.",
        }),
      );
    };
    worker.once("message", (answer: LaneAnswer) => {
      if (answer.ok) resolve();
      else reject(errorFromJson(answer.error));
    });
    worker.once("error", (error: Error) => died(error.message));
    worker.once("exit", (code) => died(`it ended with ${code}`));
  });
}
