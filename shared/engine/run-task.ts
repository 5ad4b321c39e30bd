import type { Stage } from "../plan/schema.ts";
import type { TaskOutcome } from "./outcome.ts";
import type { WorkerSession } from "./session.ts";
import { runCumulateTask } from "./tasks/cumulate-task.ts";
import { runLabelTask } from "./tasks/label-task.ts";
import { runMapTask } from "./tasks/map-task.ts";
import { runMeasureTask } from "./tasks/measure-task.ts";
import { runReduceTask } from "./tasks/reduce-task.ts";
import { runTallyTask } from "./tasks/tally-task.ts";

/**
 * Runs one task of one stage: reads its input with halo, computes, writes the objects it owns. The one function that every
 * engine calls, here and on AWS. Running a task twice gives the same bytes under the same keys.
 */
export async function runTask(
  session: WorkerSession,
  stageIndex: number,
  task: number,
): Promise<TaskOutcome> {
  session.enterTask(stageIndex, task);
  const stage = session.plan.stages[stageIndex] as Stage;
  try {
    switch (stage.kind) {
      case "label":
        return await runLabelTask(session, stage, task);
      case "measure":
        return await runMeasureTask(session, stage, task);
      case "reduce":
        return await runReduceTask(session, stage, task);
      case "cumulate":
        return await runCumulateTask(session, stage, task);
      case "tally":
        return await runTallyTask(session, stage, task);
      default:
        return await runMapTask(session, stage, task);
    }
  } catch (error) {
    session.dropHeap();
    throw error;
  }
}
