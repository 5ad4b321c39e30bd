import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLocally } from "../../../shared/engine/local/engine.ts";
import { beginRun } from "../../../shared/engine/run.ts";
import { pipelineOutputs } from "../../../shared/pipeline/request.ts";
import { compile } from "../../../shared/plan/compile.ts";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { mountSteps, type StepsIndex } from "../../../shared/serve/on-demand/mount-steps.ts";
import type { WholeProgress } from "../../../shared/serve/on-demand/whole-results.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { randomBlock, storeBlock } from "../../support/lazy.ts";

const WORKERS = 2;
const SLOW = { timeout: 240_000 };

/** Halos across chunks, a threshold of the whole, labels, a pyramid, shards, both versions of Zarr, chunks of fill values. */
const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "image.zarr" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1.2 },
      depth: 5,
      dtype: "float32",
    },
    cut: { op: "otsu", in: "smooth" },
    binary: {
      op: "mapBlocks",
      in: "smooth",
      kernel: "threshold",
      args: { above: { step: "cut" } },
      dtype: "bool",
    },
    objects: { op: "label", in: "binary" },
    corner: { op: "slice", in: "image", index: ":, 40:, 50:" },
    sizes: { op: "measure", in: "objects" },
  },
  outputs: {
    smooth: { zarr: "smooth.zarr", chunks: [3, 32, 40], shards: [6, 64, 80], pyramid: { levels: 3 } },
    cut: { zarr: "cut.zarr" },
    binary: { zarr: "binary.zarr", chunks: [7, 50, 50], pyramid: { levels: 2, method: "mode" } },
    objects: { zarr: "objects.zarr", ngff: "0.4", codec: "zstd", pyramid: { levels: 2, method: "nearest" } },
    sizes: { csv: "sizes.csv" },
  },
};

let folder: string;
let server: LocalServer;
let index: StepsIndex;
let close: () => Promise<void>;
const progress: WholeProgress[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-serve-test-"));
  const block = randomBlock("uint8", [7, 101, 123], 3);
  // A part without anything, so that there are chunks that no store holds.
  for (let z = 0; z < 7; z++)
    for (let y = 0; y < 60; y++) block.data.fill(0 as never, (z * 101 + y) * 123, (z * 101 + y) * 123 + 70);
  await storeBlock(path.join(folder, "image.zarr"), block, [4, 40, 50]);
  const plan = await compile(await pipelineOutputs(PIPELINE, {}, folder, "test"), {
    budget: { workers: 1, memoryMiB: 1024 },
  });
  await runLocally(await beginRun(plan, new MemoryStore(), "local"), plan, { workers: 1 });
  server = await startLocalServer();
  ({ index, close } = await mountSteps(
    server,
    { document: PIPELINE, base: folder, where: "test" },
    { workers: WORKERS, memoryMiB: 1024, onProgress: (told) => progress.push(told) },
  ));
}, 240_000);

afterAll(async () => {
  await close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The keys of the objects of arrays below a prefix that a run wrote: not the documents. */
async function objectsOf(name: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of new FileStore(path.join(folder, name)).list(""))
    if (!/(?:^|\/)(?:zarr\.json|\.z\w+|\.lamella.*)$/.test(key)) keys.push(key);
  return keys;
}

test("the index names every input and step but tables", () => {
  expect(index.steps.map(({ name, kind, levels }) => [name, kind, levels])).toEqual([
    ["image", "image", 1],
    ["smooth", "image", 3],
    ["cut", "array", 1],
    ["binary", "image", 2],
    ["objects", "image", 2],
    ["corner", "image", 1],
  ]);
});

test("every object of every level is, byte for byte, what a run writes", SLOW, async () => {
  let compared = 0;
  for (const name of ["smooth", "binary", "objects", "cut"]) {
    const store = new FileStore(path.join(folder, `${name}.zarr`));
    for (const key of await objectsOf(`${name}.zarr`)) {
      const answer = await fetch(`${server.url}${name}.zarr/${key}`);
      expect(answer.status, `${name}/${key}`).toBe(200);
      const [served, stored] = [Buffer.from(await answer.arrayBuffer()), await store.get(key)];
      expect(served.equals(stored!), `${name}/${key}`).toBe(true);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(40);
});

test(
  "a chunk of fill values is absent, as it is in what a run writes; what lies outside is nothing",
  SLOW,
  async () => {
    const read = async (key: string) => (await fetch(server.url + key)).status;
    expect(await new FileStore(path.join(folder, "binary.zarr")).get("0/c/0/0/0")).toBeUndefined();
    expect(await read("binary.zarr/0/c/0/0/0")).toBe(404);
    for (const key of [
      "0/c/0/0/9",
      "0/c/0/0",
      "0/c/0/0/0/0",
      "0/c/0/0/-1",
      "0/c/0/0/00",
      "7/c/0/0/0",
      "c/0/0/0",
    ])
      expect(await read(`binary.zarr/${key}`), key).toBe(404);
    expect(await read("other.zarr/zarr.json")).toBe(404);
  },
);

test("ranges of an object, and no second making for who has it", SLOW, async () => {
  const [key] = await objectsOf("smooth.zarr");
  const url = `${server.url}smooth.zarr/${key}`;
  const whole = await fetch(url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const range = await fetch(url, { headers: { range: "bytes=-20" } });
  expect(range.status).toBe(206);
  expect(Buffer.from(await range.arrayBuffer()).equals(bytes.subarray(-20))).toBe(true);
  const again = await fetch(url, { headers: { "if-none-match": whole.headers.get("etag")! } });
  expect(again.status).toBe(304);
});

test("whole-array results are computed once, and tell how far they are", SLOW, async () => {
  await fetch(`${server.url}objects.zarr/0/0/0/0`);
  const steps = new Set(progress.map(({ step }) => step));
  expect([...steps].some((step) => step.startsWith("cut"))).toBe(true);
  for (const step of steps) {
    const told = progress.filter((each) => each.step === step);
    expect(told.filter(({ done, tasks }) => done === tasks)).toHaveLength(1);
  }
});

test("documents are what a run writes, and consolidated", async () => {
  const read = async (key: string) => (await (await fetch(server.url + key)).json()) as never;
  const stored = async (key: string) =>
    JSON.parse(Buffer.from((await new FileStore(folder).get(key))!).toString()) as never;
  expect(await read("smooth.zarr/1/zarr.json")).toEqual(await stored("smooth.zarr/1/zarr.json"));
  expect(await read("objects.zarr/0/.zarray")).toEqual(await stored("objects.zarr/0/.zarray"));
  const group = (await read("smooth.zarr/zarr.json")) as {
    attributes: { ome: object };
    consolidated_metadata: { metadata: object };
  };
  expect(Object.keys(group.consolidated_metadata.metadata)).toEqual(["0", "1", "2"]);
  const { multiscales } = group.attributes.ome as never as { multiscales: object };
  expect(multiscales).toEqual(
    ((await stored("smooth.zarr/zarr.json")) as { attributes: { ome: { multiscales: object } } }).attributes
      .ome.multiscales,
  );
  const v2 = (await read("objects.zarr/.zmetadata")) as { metadata: object };
  expect(Object.keys(v2.metadata).sort()).toEqual([
    ".zattrs",
    ".zgroup",
    "0/.zarray",
    "0/.zattrs",
    "1/.zarray",
    "1/.zattrs",
  ]);
});
