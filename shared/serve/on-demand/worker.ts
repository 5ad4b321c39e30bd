import { parentPort, workerData } from "node:worker_threads";
import { runTask } from "../../engine/run-task.ts";
import { WorkerSession } from "../../engine/session.ts";
import { LamellaError, toLamellaError } from "../../errors.ts";
import { adoptKernelModule } from "../../kernels/wasm/module.ts";
import { openStore } from "../../storage/uri.ts";
import { servedObjects } from "./served-objects.ts";
import type { ServeAnswer, ServeCall, ServeWorkerSetup } from "./worker-protocol.ts";

// A worker thread of `serve`: one task after another, whose objects go to the main thread instead of a store.
const setup = workerData as ServeWorkerSetup;
adoptKernelModule(setup.module);

const objects = servedObjects();
const ready = openStore(setup.folder).then((folder) => {
  return new WorkerSession(setup.plan, folder, {
    cacheBytes: setup.cacheBytes,
    isOnDemand: true,
    wrap: (store) => (store === folder ? objects.over(store) : store),
  });
});

let cancel = new AbortController();
let current = -1;

parentPort?.on("message", async (call: ServeCall) => {
  if (call.kind === "cancel") {
    if (call.id === current) cancel.abort();
    return;
  }
  const { id, stage, task } = call;
  current = id;
  cancel = new AbortController();
  let answer: ServeAnswer;
  try {
    const session = await ready;
    session.signal = cancel.signal;
    objects.give(call.given);
    const before = session.count.bytesRead;
    await runTask(session, stage, task);
    session.tidy();
    answer = { id, ok: true, written: objects.taken(), bytesRead: session.count.bytesRead - before };
  } catch (thrown) {
    objects.taken();
    const error = cancel.signal.aborted
      ? new LamellaError("CANCELLED", "nobody waits for it")
      : toLamellaError(thrown);
    answer = { id, ok: false, error: error.toJSON() };
  }
  const moved = answer.ok
    ? answer.written.flatMap(([, bytes]) => (bytes ? [bytes.buffer as ArrayBuffer] : []))
    : [];
  parentPort?.postMessage(answer, moved);
});
