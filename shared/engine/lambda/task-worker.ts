import { parentPort, workerData } from "node:worker_threads";
import { LamellaError, toLamellaError } from "../../errors.ts";
import { adoptKernelModule } from "../../kernels/wasm/module.ts";
import { openStore } from "../../storage/uri.ts";
import { RunFolder } from "../run-folder.ts";
import { WorkerSession } from "../session.ts";
import { runMeasuredTask } from "./measured-task.ts";
import type { TaskAnswer, TaskCall, ThreadSetup } from "./task-threads.ts";

// A worker thread of a Lambda function: tasks in, what they own out. Its decoded chunks stay for the next task of the stage,
// in this invocation and in the ones after it.
const setup = workerData as ThreadSetup;
adoptKernelModule(setup.module);

const ready = openStore(setup.controlUri).then(async (control) => {
  const folder = new RunFolder(control, setup.runId);
  return { folder, session: new WorkerSession(await folder.plan(), folder.store) };
});
let stageBefore = -1;

parentPort?.on("message", async ({ stage, task }: TaskCall) => {
  let answer: TaskAnswer;
  try {
    const { folder, session } = await ready;
    if (stage !== stageBefore) await session.releaseFor(stage);
    stageBefore = stage;
    answer = { ok: true, report: await runMeasuredTask(session, folder, stage, task) };
  } catch (error) {
    answer = { ok: false, error: coded(error).toJSON() };
  }
  parentPort?.postMessage(answer);
});

/** Memory that the system doesn't give is no fault of the task: a larger function may have it. */
function coded(thrown: unknown): LamellaError {
  const error = toLamellaError(thrown);
  const cause = error.cause ?? thrown;
  if (!(cause instanceof RangeError) || !/allocation failed|Memory\.grow/i.test(cause.message)) return error;
  return new LamellaError("WORKER_DIED", `the function has no memory left: ${cause.message}`, {
    hint: "A lower memory budget makes smaller tasks.",
    details: error.details,
    cause,
  });
}
