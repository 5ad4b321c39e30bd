import { constants } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventDocument, eventSchema } from "../../cli/events/schema.ts";
import { lamella } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-events-"));
  await storeBlock(path.join(folder, "in.zarr"), randomBlock("uint8", [32, 32], 1), [8, 8]);
  const pipeline = (steps: object) =>
    JSON.stringify({
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps,
      outputs: { mask: { zarr: "out.zarr" } },
    });
  const mask = { in: "image", op: "mapBlocks", kernel: "threshold", args: { above: 9 } };
  await fs.writeFile(path.join(folder, "mask.json"), pipeline({ mask }));
  const module = "export function broken(block) { throw new Error('not today'); }";
  await fs.writeFile(path.join(folder, "broken.mjs"), module);
  const broken = { in: "image", op: "mapBlocks", module: "./broken.mjs#broken", dtype: "uint8" };
  await fs.writeFile(path.join(folder, "broken.json"), pipeline({ mask: broken }));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** Documents, each held against the schema. */
function parsed(text: string): EventDocument[] {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => eventSchema.parse(JSON.parse(line)));
}

test("a run, and one that goes on with nothing, are told in a file that is added to", async () => {
  const file = path.join(folder, "run.ndjson");
  const { status, stdout } = await lamella(["run", "mask.json", "--json", "--events", "run.ndjson"], folder);
  expect(status).toBe(0);
  const report = JSON.parse(stdout);
  const events = parsed(await fs.readFile(file, "utf8"));
  expect(events.map(({ event }) => event).filter((name, i, all) => name !== all[i - 1])).toEqual([
    ...["run-start", "stage-start", "batch-end", "stage-end", "run-end"],
  ]);
  expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([report.runId]));
  const batches = events.filter((event) => event.event === "batch-end");
  const tasks = batches.map(({ tasks: [first, end] }) => end - first).reduce((a, b) => a + b, 0);
  expect(tasks).toBe(report.stages[0].tasks);
  expect(batches.at(-1)).toMatchObject({
    done: tasks,
    of: tasks,
    name: "mask",
    memoryMiB: expect.any(Number),
  });
  expect(events.find(({ event }) => event === "stage-end")).toMatchObject(report.stages[0]);
  expect(events.at(-1)).toMatchObject({ status: "succeeded", outputs: report.outputs });
  expect((await lamella(["resume", report.runId, "--events", "run.ndjson"], folder)).status).toBe(0);
  const later = parsed(await fs.readFile(file, "utf8")).slice(events.length);
  expect(later.map(({ event }) => event)).toEqual(["run-start", "run-end"]);
  expect(later[0]).toMatchObject({ resumed: true });
  const watched = await lamella(["watch", report.runId, "--events", "-"], folder);
  expect(parsed(watched.stdout).filter(({ event }) => event === "batch-end")).toHaveLength(batches.length);
});

test("a failure is told with the command that shows it again, on stdout alone", async () => {
  const { status, stdout } = await lamella(["run", "broken.json", "--overwrite", "--events", "-"], folder);
  expect(status).toBe(1);
  const events = parsed(stdout);
  const failure = events.find(({ event }) => event === "failure");
  expect(failure).toMatchObject({ stage: 0, task: 0, replay: `lamella replay ${events[0]!.runId} mask:0` });
  expect(events.at(-1)).toMatchObject({ event: "run-end", status: "failed" });
});

test.each([
  ["--events with nowhere to go", ["--events", "no/such/folder.ndjson"], "INVALID_ARGUMENT"],
  ["two documents on one stdout", ["--events", "-", "--json"], "INVALID_ARGUMENT"],
  ["a report over somebody's file", ["--report", "mask.json"], "OUTPUT_EXISTS"],
  ["a report into no folder", ["--report", "no/such/report.html"], "INVALID_ARGUMENT"],
])("%s is refused before anything is done", async (_, flags, code) => {
  const { status, stdout, stderr } = await lamella(["run", "mask.json", "--overwrite", ...flags], folder);
  expect(status).toBe(code === "OUTPUT_EXISTS" ? 3 : 2);
  expect(stdout + stderr).toContain(code);
  await fs.access(path.join(folder, "mask.json"), constants.R_OK);
  expect(await fs.readFile(path.join(folder, "mask.json"), "utf8")).toContain("threshold");
});

test("the schema of the events is printed", async () => {
  const { stdout } = await lamella(["schema", "--events"], folder);
  const { oneOf } = JSON.parse(stdout) as { oneOf: { properties: { event: { const: string } } }[] };
  const documented = await fs.readFile(path.resolve(import.meta.dirname, "../../docs/reports.md"), "utf8");
  const names = oneOf.map(({ properties }) => properties.event.const);
  expect(names).toContain("batch-end");
  for (const name of names) expect(documented).toContain(`| \`${name}\` |`);
});
