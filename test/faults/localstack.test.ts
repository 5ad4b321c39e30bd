import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionProcesses } from "../../localstack/function-processes.ts";
import { modeHere } from "../../localstack/start.ts";
import type { BatchItem } from "../../shared/engine/protocol.ts";
import { Draw } from "../properties/draw.ts";
import { CloudRuns } from "../support/cloud-runs.ts";
import { objectsUnder } from "../support/localstack.ts";
import { different } from "./check.ts";

const TRIALS = Number(process.env["LAMELLA_FAULTS_LOCALSTACK"] ?? 2);
const SEED = Number(
  process.env["LAMELLA_FAULTS_SEED"] ?? (process.env["CI"] ? 20_261_127 : Date.now() % 2 ** 31),
);
const mode = await modeHere();

/** What happens to a run on the stack while it is at work, or once it has stopped. */
const FAULTS = [
  "batch delivered twice",
  "function killed",
  "receipt dropped",
  "cancelled",
  "cancelled, chunk flipped",
  "cancelled, chunk removed",
] as const;

describe.skipIf(mode === undefined)("runs that are disturbed on LocalStack", { timeout: 0 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
    await runs.cloud.data.put("images/faults.ome.tif", runs.image);
  });
  afterAll(() => runs?.end());

  it(`lose nothing in ${TRIALS} trials, seed ${SEED}`, async () => {
    const file = await runs.pipeline("faults", {
      inputs: { image: { tiff: runs.uri("images/faults.ome.tif") } },
      steps: {
        smooth: {
          op: "mapOverlap",
          in: "image",
          kernel: "gaussian",
          args: { sigma: 1 },
          depth: 4,
          boundary: "reflect",
        },
        mask: { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: 400 } },
        cells: { op: "label", in: "mask" },
      },
      outputs: {
        smooth: { zarr: runs.uri("faults/smooth.zarr"), chunks: [1, 1, 2, 48, 48], pyramid: { levels: 2 } },
        cells: { zarr: runs.uri("faults/cells.zarr"), chunks: [1, 1, 2, 48, 48] },
      },
    });
    await runs.json("run", file, "--on", "aws");
    const whole = await objectsUnder(runs.cloud.data, "faults");
    expect(whole.size).toBeGreaterThan(10);
    const met: string[] = [];
    const failures: string[] = [];
    for (let i = 0; i < TRIALS; i++) {
      const draw = new Draw(SEED + i);
      // Of a container's processes nothing is known here.
      const { pid } = runs.cloud.instance;
      const fault = draw.pick(FAULTS.filter((each) => pid !== undefined || each !== "function killed"));
      try {
        met.push(`${fault}: ${await trial(file, fault, draw, whole)}`);
      } catch (error) {
        failures.push(`LAMELLA_FAULTS_SEED=${SEED + i}: ${fault}: ${(error as Error).message}`);
        console.error(failures.at(-1));
      }
    }
    console.log(
      `seed ${SEED}: ${met.length} of ${TRIALS} trials on LocalStack lost nothing: ${met.join("; ")}`,
    );
    expect(failures).toEqual([]);
  });

  /** Disturbs a run, sees it to its end, and says how it ended before it was gone on with. */
  async function trial(
    file: string,
    fault: (typeof FAULTS)[number],
    draw: Draw,
    whole: Map<string, Buffer>,
  ): Promise<string> {
    const { runId } = await runs.json<{ runId: string }>(
      "run",
      file,
      "--on",
      "aws",
      "--overwrite",
      "--detach",
    );
    await disturb(runId, fault, draw);
    const { status } = await runs.reached(runId, "succeeded", "failed", "cancelled");
    // A run tidies up after it has said how it ended.
    await runs.execution(runId);
    if (status !== "succeeded") {
      const partial = await objectsUnder(runs.cloud.data, "faults");
      expect(partial.has("smooth.zarr/zarr.json"), "an unfinished output opens").toBe(false);
      if (fault.includes("chunk")) await damageChunk(fault, draw);
      await runs.json("resume", runId, ...(fault.includes("chunk") ? ["--verify"] : []));
      await runs.execution(runId);
    }
    expect(different(await objectsUnder(runs.cloud.data, "faults"), whole), status).toEqual([]);
    return status;
  }

  async function disturb(runId: string, fault: (typeof FAULTS)[number], draw: Draw): Promise<void> {
    await runs.worked(runId, draw.int(1, 3));
    if (fault === "function killed") return killFunction();
    if (fault === "receipt dropped") {
      const key = draw.pick([...(await runs.receipts(runId)).keys()]);
      return runs.cloud.control.delete(key.startsWith("runs/") ? key : `runs/${runId}/receipts/${key}`);
    }
    if (fault === "batch delivered twice") {
      const bytes = await runs.cloud.control.get(`runs/${runId}/manifest/0.json`);
      const items = JSON.parse(Buffer.from(bytes!).toString()) as BatchItem[];
      const item = draw.pick(items);
      await Promise.all([1, 2].map(() => runs.invoke("RunTasks", { ...item, runId, stage: 0 })));
      return;
    }
    // One that comes too late finds a run that has succeeded.
    await runs.command("cancel", runId, "--json");
  }

  /** Ends one process of a function of this LocalStack, as a crash or the out-of-memory killer does. */
  async function killFunction(): Promise<void> {
    for (let look = 0; look < 50; look++) {
      for (const pid of functionProcesses(runs.cloud.instance.pid!)) if (kill(pid)) return;
      await setTimeout(100);
    }
  }

  async function damageChunk(fault: string, draw: Draw): Promise<void> {
    const keys = [...(await objectsUnder(runs.cloud.data, "faults")).keys()].filter((key) =>
      key.includes("/c/"),
    );
    if (keys.length === 0) return;
    const key = `faults/${draw.pick(keys)}`;
    if (fault.endsWith("removed")) return runs.cloud.data.delete(key);
    const bytes = (await runs.cloud.data.get(key))!;
    bytes[draw.int(0, bytes.length - 1)]! ^= 8;
    await runs.cloud.data.put(key, bytes);
  }
});

/** False where a process has ended by itself meanwhile. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}
