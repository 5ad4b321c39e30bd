import { parentPort, workerData } from "node:worker_threads";
import { toLamellaError } from "../../errors.ts";
import { adoptKernelModule } from "../../kernels/wasm/module.ts";
import { type LanePlace, readLane, type WholeRead } from "./lane.ts";
import type { LaneAnswer } from "./lanes.ts";

// A thread that helps reading an array: it ends when there are no chunks left.
const { read, place } = workerData as { read: WholeRead; place: LanePlace };
adoptKernelModule(read.module);

let answer: LaneAnswer;
try {
  await readLane(read, place);
  answer = { ok: true };
} catch (error) {
  answer = { ok: false, error: toLamellaError(error).toJSON() };
}
parentPort?.postMessage(answer);
