import { parentPort, workerData } from "node:worker_threads";
import { toLamellaError } from "../../errors.ts";
import { adoptKernelModule } from "../../kernels/wasm/module.ts";
import { openStore } from "../../storage/uri.ts";
import { runTasks } from "../batch.ts";
import { weighBuffersWithHeap } from "../reclaim.ts";
import { RunFolder } from "../run-folder.ts";
import { WorkerSession } from "../session.ts";
import type { WorkerAnswer, WorkerCall, WorkerSetup } from "./worker-pool.ts";

// A worker thread of the embedded engine: batches in, receipts and short answers out.
const setup = workerData as WorkerSetup;
adoptKernelModule(setup.module);

const ready = openStore(setup.controlUri).then((control) => {
  const folder = new RunFolder(control, setup.runId);
  weighBuffersWithHeap();
  return { folder, session: new WorkerSession(setup.plan, folder.store) };
});

parentPort?.on("message", async (call: WorkerCall) => {
  let answer: WorkerAnswer;
  try {
    const { folder, session } = await ready;
    session.share(call.shared, call.done);
    if (!call.item) await session.releaseFor(call.stage);
    const result = call.item && (await runTasks(session, folder, call.stage, call.item));
    answer = { ok: true, result };
  } catch (error) {
    answer = { ok: false, error: toLamellaError(error).toJSON() };
  }
  parentPort?.postMessage(answer);
});
