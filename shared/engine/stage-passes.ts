import type { RunFolder } from "./run-folder.ts";

/** One attempt at a stage by the embedded engine: a run that is resumed makes several. */
export interface StagePass {
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Tasks that were left to do. */
  readonly tasks: number;
  readonly workers: number;
  /** Resident set of the process with its threads, the largest, bytes; absent where the batches ran elsewhere. */
  readonly peakRss?: number;
}

interface Document {
  readonly version: 1;
  readonly passes: readonly StagePass[];
}

function passesKey(stage: number): string {
  return `timing/${stage}.json`;
}

/** The attempts at a stage, the earliest first; none of runs on AWS and of earlier versions. */
export async function readPasses(folder: RunFolder, stage: number): Promise<readonly StagePass[]> {
  const document = await folder.json<Document>(passesKey(stage)).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  return document?.version === 1 ? document.passes : [];
}

/** Adds an attempt. Never throws: a run doesn't fail for want of a figure. */
export async function addPass(folder: RunFolder, stage: number, pass: StagePass): Promise<void> {
  try {
    const document: Document = { version: 1, passes: [...(await readPasses(folder, stage)), pass] };
    const bytes = new TextEncoder().encode(`${JSON.stringify(document)}\n`);
    await folder.store.put(passesKey(stage), bytes, { contentType: "application/json" });
  } catch {
    // The receipts have the rest.
  }
}
