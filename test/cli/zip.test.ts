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
  await fs.mkdir(path.join(folder, "wide.zarr"));
  const array = {
    zarr_format: 2,
    shape: [1, 2 ** 20 + 1],
    chunks: [1, 2 ** 20 + 1],
    dtype: "|u1",
    order: "C",
  };
  await fs.writeFile(
    path.join(folder, "wide.zarr/.zarray"),
    JSON.stringify({ ...array, compressor: null, filters: null, fill_value: 0 }),
  );
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
  expect((await fs.readdir(folder)).sort()).toEqual([".lamella", "cells.ome.tif", "cells.ozx", "wide.zarr"]);
  const file = path.join(folder, "cells.ozx");
  const names = Object.keys(unzipSync(new Uint8Array(await fs.readFile(file))));
  expect(names.slice(0, 2)).toEqual(["zarr.json", "0/zarr.json"]);
  const image = await (await fromZarr(file)).compute();
  expect(image.data).toEqual((await (await fromTiff(path.join(folder, "cells.ome.tif"))).compute()).data);
  const again = await lamella("convert", "cells.ome.tif", "cells.ozx");
  expect(again.stderr).toContain("OUTPUT_EXISTS");
  const tooMany = await lamella(
    "convert",
    "wide.zarr",
    "wide.ozx",
    "--chunks",
    "1,1",
    "--levels",
    "1",
    "--json",
  );
  expect(JSON.parse(tooMany.stdout)).toMatchObject({
    error: {
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("1048577 members"),
      hint: expect.stringContaining("--shards"),
    },
  });
  const misnamed = await lamella("convert", "cells.ome.tif", "cells.zarr", "--zip");
  expect(misnamed.stderr).toContain("--zip");
});
