/**
 * What going on with a stage of millions of tasks asks of S3, in a process of its own: `node bench/resume-run.ts TASKS` prints counts and
 * seconds as JSON. The store makes up what is asked for: the processor's seconds are of that as well.
 */
import { RunFolder } from "../shared/engine/run-folder.ts";
import { verifiedProgress } from "../shared/engine/verified-progress.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { GridStore } from "./grid-store.ts";
import type { ResumeMeasurement } from "./resume.ts";

const ACROSS = 100;
const BATCH = 2400;

const planes = Math.ceil(Number(process.argv[2]) / ACROSS ** 2);
const tasks = planes * ACROSS ** 2;
const plan = { hash: "hash", arrays: {}, stages: [{ name: "out", kind: "map", tasks }] } as unknown as Plan;
const store = new GridStore("run-1", plan.hash, [planes, ACROSS, ACROSS], BATCH);
for (const cell of ["0/0/0", `${planes - 1}/99/99`]) store.missing.add(`runs/run-1/data/out/c/${cell}`);

const before = process.cpuUsage();
const progress = await verifiedProgress(new RunFolder(store, "run-1"), plan, 0, false);
const { user, system } = process.cpuUsage(before);
const result: ResumeMeasurement = {
  tasks,
  receipts: store.receipts,
  undone: tasks - progress.doneCount,
  takenBack: store.takenBack.size,
  ...store.requests,
  cpuSeconds: (user + system) / 1e6,
  peakMiB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
