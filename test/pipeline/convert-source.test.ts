import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConvertSource } from "../../shared/pipeline/convert-source.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-convert-source-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it("takes every image of an N5 container with many datasets", async () => {
  const dataset = { dimensions: [4, 3], blockSize: [4, 3], dataType: "uint8", compression: { type: "raw" } };
  const write = async (name: string, content: object) => {
    await fs.mkdir(path.join(folder, name), { recursive: true });
    await fs.writeFile(path.join(folder, name, "attributes.json"), JSON.stringify(content));
  };
  await write("many.n5", { n5: "2.0.0" });
  for (let setup = 0; setup < 130; setup++)
    for (const level of ["s0", "s1"]) await write(`many.n5/setup${setup}/timepoint0/${level}`, dataset);
  const source = await openConvertSource(path.join(folder, "many.n5"));
  expect(source.count).toBe(130);
  expect((await source.open(129)).metadata.name).toBe("setup129/timepoint0/s0");
});
