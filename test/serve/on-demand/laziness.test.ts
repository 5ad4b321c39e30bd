import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { mountSteps } from "../../../shared/serve/on-demand/mount-steps.ts";
import type { ArraySpec } from "../../../shared/zarr/spec.ts";
import { arrayMetadataObjects, encodeChunk } from "../../../shared/zarr/write.ts";
import { randomBlock } from "../../support/lazy.ts";
import { SPEC } from "../../support/zarr-store.ts";

const SLOW = { timeout: 240_000 };

/** 21 GB, of which every chunk is the same: a web server needn't hold it. */
const BIG: ArraySpec = {
  ...SPEC,
  shape: [1280, 4096, 2048],
  dtype: "uint16",
  chunkShape: [16, 64, 64],
  codec: { name: "none" },
};

const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1 },
      depth: 4,
      dtype: "float32",
    },
    scaled: { op: "mapBlocks", in: "smooth", expr: "smooth / 65535" },
    binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.0012 }, dtype: "bool" },
    opened: { op: "mapOverlap", in: "binary", kernel: "binaryOpening", args: { size: 3 }, depth: 2 },
  },
  outputs: { opened: { zarr: "out.zarr" } },
};

let input: Server;
let server: LocalServer;
let close: () => Promise<void>;
let asked: string[] = [];
let open = 0;
/** What is done with a request for a chunk of the input. */
let onChunk: (answer: (bytes: Uint8Array) => void, key: string) => void;
const chunk = encodeChunk(BIG, randomBlock("uint16", BIG.chunkShape, 1))!;
const [document] = arrayMetadataObjects(BIG);

beforeAll(async () => {
  input = createServer((request, response) => {
    const key = request.url!.replace("/big.zarr/", "");
    if (!key.startsWith("c/")) {
      response.writeHead(key === "zarr.json" ? 200 : 404).end(key === "zarr.json" ? document!.bytes : "");
      return;
    }
    asked.push(key);
    open++;
    response.on("close", () => open--);
    onChunk((bytes) => response.writeHead(200).end(bytes), key);
  });
  await new Promise<void>((resolve) => input.listen(0, "127.0.0.1", resolve));
  PIPELINE.inputs.image.zarr = `http://127.0.0.1:${(input.address() as AddressInfo).port}/big.zarr`;
  server = await startLocalServer();
  ({ close } = await mountSteps(
    server,
    { document: PIPELINE, base: "", where: "test" },
    { workers: 1, memoryMiB: 1024 },
  ));
}, 240_000);

afterAll(async () => {
  await close();
  await server.close();
  input.closeAllConnections();
  await new Promise((resolve) => input.close(resolve));
});

beforeEach(() => {
  asked = [];
  onChunk = (answer) => answer(chunk);
});

test("a chunk of a large image reads what it is made of, once, and nothing else", SLOW, async () => {
  expect(asked).toEqual([]);
  const url = `${server.url}opened.zarr/0/c/40/30/20`;
  const answers = await Promise.all([fetch(url), fetch(url), fetch(url)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const near = (key: string) =>
    key
      .slice(2)
      .split("/")
      .every((n, axis) => Math.abs(Number(n) - [40, 30, 20][axis]!) <= 1);
  expect(asked).toHaveLength(27);
  expect(new Set(asked).size).toBe(27);
  expect(asked.filter((key) => !near(key))).toEqual([]);
  await (await fetch(url)).arrayBuffer();
  expect(asked).toHaveLength(27);
});

test("the chunk beside it takes from the cache what they share", SLOW, async () => {
  await (await fetch(`${server.url}opened.zarr/0/c/40/30/21`)).arrayBuffer();
  expect(asked).toHaveLength(9);
});

test("work stops when all who wait for it have gone, and is done when one comes back", SLOW, async () => {
  const begun = Promise.withResolvers<void>();
  onChunk = () => begun.resolve();
  const url = `${server.url}smooth.zarr/0/c/70/50/10`;
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = [first, second].map(({ signal }) =>
    fetch(url, { signal }).catch((error: Error) => error.name),
  );
  await begun.promise;
  first.abort();
  await gone[0];
  expect(open).toBeGreaterThan(0);
  second.abort();
  expect(await Promise.all(gone)).toEqual(["AbortError", "AbortError"]);
  await expect.poll(() => open, { timeout: 60_000 }).toBe(0);
  onChunk = (answer) => answer(chunk);
  expect((await fetch(url)).status).toBe(200);
});

test("a chunk that can't be computed is an error with its code, and the others go on", SLOW, async () => {
  onChunk = (answer, key) => answer(key === "c/5/5/5" ? chunk.subarray(1) : chunk);
  const answer = await fetch(`${server.url}smooth.zarr/0/c/5/5/5`);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ error: { code: "CHUNK_DECODE" } });
  expect((await fetch(`${server.url}smooth.zarr/0/c/9/9/9`)).status).toBe(200);
});

test("over the budget it is refused before anything is served, saying what would do", SLOW, async () => {
  const { servePipeline } = await import("../../../shared/serve/on-demand/served-pipeline.ts");
  const { servedRequests } = await import("../../../shared/pipeline/served-steps.ts");
  const { buildSteps, openInputs } = await import("../../../shared/pipeline/build.ts");
  const { parsePipeline } = await import("../../../shared/pipeline/parse.ts");
  const pipeline = parsePipeline(PIPELINE, {}, "test");
  const nodes = buildSteps(pipeline, await openInputs(pipeline, ""), "", "test");
  const requests = [...servedRequests(pipeline, nodes, "", "test").values()];
  const refused = await servePipeline(requests, { workers: 2, memoryMiB: 150 }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: "OVER_MEMORY" });
  const { neededMiB } = (refused as { details: { neededMiB: number } }).details;
  await (await servePipeline(requests, { workers: 2, memoryMiB: neededMiB })).close();
});
