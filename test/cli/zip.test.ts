import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { fromTiff, fromZarr } from "../../shared/index.ts";
import { lamella as run } from "../support/lamella.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-zip-"));
  await makeDemoImage(path.join(folder, "cells.ome.tif"), { shape: [1, 2, 1, 60, 70], seed: 1 });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it("converts to one file, leaves nothing beside it, and refuses one that is there", async () => {
  const lamella = (...args: string[]) => run(args, folder);
  const { status, stdout } = await lamella(
    "convert",
    "cells.ome.tif",
    "cells.ozx",
    "--zip",
    "--json",
    "--quiet",
  );
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "succeeded",
    outputs: { image: expect.stringMatching(/cells\.ozx$/) },
  });
  expect((await fs.readdir(folder)).sort()).toEqual([".lamella", "cells.ome.tif", "cells.ozx"]);
  const file = path.join(folder, "cells.ozx");
  const names = Object.keys(unzipSync(new Uint8Array(await fs.readFile(file))));
  expect(names.slice(0, 2)).toEqual(["zarr.json", "0/zarr.json"]);
  const image = await (await fromZarr(file)).compute();
  expect(image.data).toEqual((await (await fromTiff(path.join(folder, "cells.ome.tif"))).compute()).data);
  const again = await lamella("convert", "cells.ome.tif", "cells.ozx");
  expect(again.stderr).toContain("OUTPUT_EXISTS");
  const misnamed = await lamella("convert", "cells.ome.tif", "cells.zarr", "--zip");
  expect(misnamed.stderr).toContain("--zip");
});
