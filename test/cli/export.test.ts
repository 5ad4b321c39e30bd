import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { openImageFile } from "../../shared/formats/open-image.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { lamella, startLamella } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { readAll } from "../support/read-all.ts";

let folder = "";
const s3 = new FakeS3();
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-cli-export-"));
  await makeDemoImage(path.join(folder, "cells.ome.tif"), { shape: [1, 2, 2, 300, 530], seed: 2 });
  const converted = await lamella(["convert", "cells.ome.tif", "cells.ome.zarr", "--quiet"], folder);
  expect(converted.stderr).toBe("");
  await s3.start();
  s3.createBucket("lab");
});
afterAll(async () => {
  await s3.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

const open = (name: string) => openImageFile(path.join(folder, name));
const temporaries = async () => (await fs.readdir(folder)).filter((name) => name.endsWith(".tmp"));

describe("lamella export", () => {
  it("writes an OME-Zarr as OME-TIFF and says where; the same from the TIFF itself", async () => {
    const made = await lamella(["export", "cells.ome.zarr", "out.ome.tif"], folder);
    expect(made).toMatchObject({ status: 0, stdout: `${path.join(folder, "out.ome.tif")}\n` });
    const args = [
      "--compression",
      "zstd",
      "--level",
      "1",
      "--tile-width",
      "128",
      "--big-endian",
      "--bigtiff",
      "--json",
    ];
    const direct = await lamella(["convert", "cells.ome.tif", "direct.ome.tif", ...args], folder);
    expect(JSON.parse(direct.stdout)).toMatchObject({
      bigTiff: true,
      compression: "zstd",
      notes: [],
      series: [{ name: "nuclei and membranes", shape: [1, 2, 2, 300, 530], tile: [512, 128] }],
    });
    const [source, a, b] = await Promise.all(["cells.ome.tif", "out.ome.tif", "direct.ome.tif"].map(open));
    for (const file of [a!, b!]) {
      expect(file.series[0]!.metadata).toEqual(source!.series[0]!.metadata);
      expect(await readAll(file.series[0]!.source)).toEqual(await readAll(source!.series[0]!.source));
    }
    expect(a!.series[0]!.levels.map((level) => level.shape.slice(3))).toEqual([[150, 265]]);
    expect(b!.series[0]!.facts).toMatchObject({
      byteOrder: "big-endian",
      bigTiff: true,
      compression: "zstd",
    });
  });

  it("plans what it would write", async () => {
    const text = await lamella(
      ["plan", "--convert", "cells.ome.tif", "planned.ome.tif", "--levels", "3"],
      folder,
    );
    expect(text).toMatchObject({ status: 0, stderr: "" });
    expect(text.stdout).toMatch(/levels 300 x 530, 150 x 265 \(made\), 75 x 132 \(made\)/);
    const json = await lamella(["plan", "--convert", "cells.ome.tif", "planned.ome.tif", "--json"], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({ bigTiff: false, projectedMiB: expect.any(Number) });
    expect(await fs.readdir(folder)).not.toContain("planned.ome.tif");
  });

  it.each([
    [["export", "cells.ome.zarr", "cells.ome.tif"], 3, "OUTPUT_EXISTS"],
    [["export", "cells.ome.zarr", "o.ome.tif", "--memory", "50"], 3, "OVER_MEMORY"],
    [["export", "cells.ome.zarr", "out.zarr"], 2, "INVALID_ARGUMENT"],
    [["export", "cells.ome.zarr", "o.ome.tif", "--series", "7"], 2, "NOT_FOUND"],
    [["export", "cells.ome.zarr", "o.ome.tif", "--compression", "jpeg"], 2, "INVALID_ARGUMENT"],
    [["export", "cells.ome.zarr", "o.ome.tif", "--tile-width", "100"], 2, "INVALID_ARGUMENT"],
    [["export", "cells.ome.zarr", "https://example.org/o.ome.tif"], 2, "UNSUPPORTED_URI"],
    [["export", "nothing.zarr", "o.ome.tif"], 2, "NOT_FOUND"],
    [["convert", "cells.ome.tif", "o.ome.tif", "--chunks", "1,1,1,64,64"], 2, "INVALID_ARGUMENT"],
    [["convert", "cells.ome.tif", "o.ome.tif", "--workers", "2"], 2, "INVALID_ARGUMENT"],
    [["convert", "cells.ome.tif", "o.ome.tif", "--factors", "4,4"], 2, "INVALID_ARGUMENT"],
    [["convert", "cells.ome.tif", "o.ome.zarr", "--compression", "lzw"], 2, "INVALID_ARGUMENT"],
    [["convert", "cells.ome.tif", "o.ome.zarr", "--no-bigtiff"], 2, "INVALID_ARGUMENT"],
    [["plan", "--convert", "cells.ome.tif", "o.ome.tif", "--max-cost", "1"], 2, "INVALID_ARGUMENT"],
    [["plan", "pipeline.yaml", "--compression", "lzw"], 2, "INVALID_ARGUMENT"],
  ] as [string[], number, string][])("%j ends with %i, %s", async (args, status, code) => {
    const run = await lamella([...args, "--json"], folder);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code, hint: expect.any(String) } });
    expect(run.status).toBe(status);
    expect((await fs.readdir(folder)).filter((name) => name.startsWith("o."))).toEqual([]);
  });

  it("Ctrl-C leaves nothing", async () => {
    await storeBlock(
      path.join(folder, "large.zarr"),
      randomBlock("uint16", [6, 1024, 1024], 1),
      [1, 256, 256],
    );
    const { child, done } = startLamella(["export", "large.zarr", "stopped.ome.tif", "--level", "9"], folder);
    while (child.exitCode === null && (await temporaries()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    const stopped = await done;
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toMatch(/error\[INTERRUPTED\]/);
    expect(await temporaries()).toEqual([]);
    expect(await fs.readdir(folder)).not.toContain("stopped.ome.tif");
  });

  it("writes to S3, and not over what is there", async () => {
    const env = { AWS_ENDPOINT_URL: s3.endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const args = ["export", "cells.ome.zarr", "s3://lab/a/cells.ome.tif"];
    const made = await lamella([...args, "--compression", "none"], folder, env);
    expect(made).toMatchObject({ status: 0, stdout: "s3://lab/a/cells.ome.tif\n" });
    expect((await lamella(args, folder, env)).status).toBe(3);
    const read = await lamella(["inspect", "s3://lab/a/cells.ome.tif", "--json"], folder, env);
    expect(JSON.parse(read.stdout)).toMatchObject({
      kind: "ome-tiff",
      series: [{ shape: [1, 2, 2, 300, 530] }],
    });
  });
});
