import { runOwnTask } from "../batch.ts";
import type { RunFolder } from "../run-folder.ts";
import type { WorkerSession } from "../session.ts";
import { BatchMeter } from "../timing.ts";
import type { TaskReport } from "./task-report.ts";

/** Runs one task, and says what it took. */
export async function runMeasuredTask(
  session: WorkerSession,
  folder: RunFolder,
  stage: number,
  task: number,
): Promise<TaskReport> {
  const meter = new BatchMeter(session);
  const before = { ...session.count };
  session.enterStage(stage);
  session.heap.resetPeak();
  const outcome = await runOwnTask(session, folder, stage, task);
  meter.endTask();
  return {
    outcome,
    bytesRead: session.count.bytesRead - before.bytesRead,
    bytesWritten: session.count.bytesWritten - before.bytesWritten,
    peakHeap: session.heap.peak,
    timing: meter.timing,
  };
}
