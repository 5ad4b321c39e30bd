import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modeHere } from "../../localstack/start.ts";
import type { Receipt } from "../../shared/engine/receipts.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import { CloudRuns } from "../support/cloud-runs.ts";
import { objectsUnder } from "../support/localstack.ts";

const mode = await modeHere();
const [SMALLEST, NEXT, ...LARGER] = AWS_FACTS.lambda.tiersMB;

describe.skipIf(mode === undefined)("functions that die on LocalStack", { timeout: 300_000 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
    await runs.cloud.data.put("images/tiers.ome.tif", runs.image);
  });
  afterAll(() => runs?.end());

  /** A run of two tasks, the second of which does something before its block is done; here it does nothing. */
  const twoTasks = async (name: string, before: string): Promise<string> => {
    await writeFile(
      path.join(runs.folder, `${name}.ts`),
      `import { existsSync } from "node:fs";
       export function kernel({ data }, { block }) {
         if (block.start[1] === 1 && process.env.AWS_LAMBDA_FUNCTION_NAME) { ${before} }
         return data;
       }`,
    );
    return runs.pipeline(name, {
      inputs: { image: { tiff: runs.uri("images/tiers.ome.tif") } },
      steps: { out: { op: "mapBlocks", in: "image", module: `${name}.ts#kernel`, dtype: "uint16" } },
      outputs: { out: { zarr: runs.uri(`${name}/out.zarr`), chunks: [1, 1, 4, 96, 96] } },
    });
  };
  const receipts = async (runId: string): Promise<Receipt[]> => {
    const found = await objectsUnder(runs.cloud.control, `runs/${runId}/receipts/0`);
    const parsed = [...found.values()].map((bytes) => JSON.parse(String(bytes)) as Receipt);
    return parsed.sort((a, b) => a.start - b.start);
  };

  it("of too little memory leave their task to the next tier, once, which the receipt tells", async () => {
    const megabytes = SMALLEST! + 250;
    const file = await twoTasks(
      "hungry",
      `const much = Buffer.alloc(${megabytes} * 2 ** 20, 1);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
       if (much.length < data.length) throw new Error();`,
    );
    const { runId } = await runs.json("run", file, "--on", "aws");
    const [first, second, ...more] = await receipts(String(runId));
    expect(more).toEqual([]);
    expect(first).toMatchObject({ start: 0, end: 1, tierMB: SMALLEST });
    expect(first).not.toHaveProperty("escalations");
    expect(second).toMatchObject({ start: 1, end: 2, tierMB: NEXT, escalations: [{ tierMB: SMALLEST }] });
    expect(second!.escalations).toHaveLength(1);
    await runs.expectSameBytes("hungry", file);
  });

  it("on every tier fail the run, which names the task and the tiers; mended, it does that task alone", async () => {
    const gate = path.join(runs.folder, "mended");
    const file = await twoTasks(
      "dying",
      `if (!existsSync(${JSON.stringify(gate)})) process.kill(process.pid, "SIGKILL");`,
    );
    const failed = await runs.command("run", file, "--on", "aws", "--json");
    const { error } = JSON.parse(failed.stdout) as {
      error: { code: string; message: string; details: { runId: string; task: number } };
    };
    expect(error).toMatchObject({ code: "WORKER_DIED", details: { stage: 0, task: 1 } });
    const before = [SMALLEST, NEXT, ...LARGER].slice(0, -1).map((tierMB) => `${tierMB} MB`);
    expect(error.message).toContain(`after functions of ${before.join(", ")} had died of it too`);
    const { runId } = error.details;
    expect(failed.stderr).toContain(`lamella replay ${runId} out:1\n`);
    expect(await runs.tasksDone(runId)).toBe(1);
    const [kept] = await runs.receipts(runId);

    // only functions die of it: here the task is done
    expect(await runs.json("replay", runId, "out:1")).toMatchObject({ objects: [{ stored: "missing" }] });
    await writeFile(gate, "");
    expect(await runs.json("resume", runId)).toMatchObject({ runId, status: "succeeded" });
    expect([...(await runs.receipts(runId))]).toContainEqual(kept);
    expect((await receipts(runId)).map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    await runs.expectSameBytes("dying", file);
  });
});
