import { parentPort, workerData } from "node:worker_threads";
import { runTask } from "../../engine/run-task.ts";
import { WorkerSession } from "../../engine/session.ts";
import { LamellaError, toLamellaError } from "../../errors.ts";
import { adoptKernelModule } from "../../kernels/wasm/module.ts";
import { openStore } from "../../storage/uri.ts";
import { type ServedObjects, servedObjects } from "./served-objects.ts";
import type { OpenedPlan, ServeAnswer, ServeCall, ServeWorkerSetup } from "./worker-protocol.ts";

// A worker thread of `serve`: one task after another, whose objects go to the main thread instead of a store.
adoptKernelModule((workerData as ServeWorkerSetup).module);

interface Opened {
  readonly session: Promise<WorkerSession>;
  readonly objects: ServedObjects;
}

const plans = new Map<number, Opened>();
let cancel = new AbortController();
let current = -1;

function open({ plan, folder, cacheBytes }: OpenedPlan): Opened {
  const objects = servedObjects();
  const session = openStore(folder).then(
    (store) =>
      new WorkerSession(plan, store, {
        cacheBytes,
        isOnDemand: true,
        wrap: (each) => (each === store ? objects.over(each) : each),
      }),
  );
  session.catch(() => {});
  return { session, objects };
}

async function carryOut(call: Extract<ServeCall, { kind: "task" }>): Promise<void> {
  const { id, plan, stage, task } = call;
  current = id;
  cancel = new AbortController();
  let answer: ServeAnswer;
  const opened = plans.get(plan);
  try {
    if (!opened) throw new LamellaError("CANCELLED", "its plan is gone");
    const session = await opened.session;
    session.signal = cancel.signal;
    opened.objects.give(call.given);
    const before = session.count.bytesRead;
    await runTask(session, stage, task);
    session.tidy();
    answer = {
      id,
      ok: true,
      written: opened.objects.taken(),
      bytesRead: session.count.bytesRead - before,
    };
  } catch (thrown) {
    opened?.objects.taken();
    const error = cancel.signal.aborted
      ? new LamellaError("CANCELLED", "nobody waits for it")
      : toLamellaError(thrown);
    answer = { id, ok: false, error: error.toJSON() };
  }
  const written = answer.ok ? answer.written : [];
  parentPort?.postMessage(
    answer,
    written.flatMap(([, bytes]) => (bytes ? [bytes.buffer as ArrayBuffer] : [])),
  );
}

parentPort?.on("message", (call: ServeCall) => {
  switch (call.kind) {
    case "open":
      plans.set(call.plan, open(call.opened));
      return;
    case "forget":
      plans.delete(call.plan);
      return;
    case "cancel":
      if (call.id === current) cancel.abort();
      return;
    case "task":
      void carryOut(call);
  }
});
