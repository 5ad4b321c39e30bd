import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { lamella as lamellaIn, startLamella } from "../support/lamella.ts";

let folder = "";
const at = (...parts: string[]) => path.join(folder, ...parts);
/** Temporary files go to a folder that the test can look into. */
const env = () => ({ PATH: `${at("bin")}:/usr/bin:/bin`, TMPDIR: at("tmp") });
const lamella = (...args: string[]) => lamellaIn(args, folder, env());

/** Puts a shell script in the place of a program of Bio-Formats; $last is its last argument. */
async function program(name: string, script: string): Promise<void> {
  await fs.writeFile(at("bin", name), `#!/bin/sh\nfor last; do :; done\n${script}\n`, { mode: 0o755 });
}

const SHOWN = `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0" Name="cells">
  <Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="float" SizeX="80" SizeY="90" SizeZ="2" SizeC="2" SizeT="1" PhysicalSizeX="0.5">
  <Channel ID="Channel:0" Name="DAPI" SamplesPerPixel="1"/><Channel ID="Channel:1" SamplesPerPixel="1"/></Pixels></Image></OME>`;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-bf-"));
  await makeDemoImage(at("cells.ome.tif"), { shape: [1, 2, 2, 90, 80] });
  await fs.writeFile(at("cells.nd2"), Uint8Array.of(0xda, 0xce, 0xbe, 0x0a, ...new Uint8Array(600)));
  await fs.writeFile(at("shown.xml"), SHOWN);
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  for (const name of ["bin", "tmp"]) {
    await fs.rm(at(name), { recursive: true, force: true });
    await fs.mkdir(at(name));
  }
});

async function expectError(args: string[], code: string, status: number, texts: RegExp[]): Promise<void> {
  const done = await lamella(...args, "--json");
  const { error } = JSON.parse(done.stdout) as { error: { code: string; message: string; hint: string } };
  expect([error.code, done.status]).toEqual([code, status]);
  for (const text of texts) expect(`${error.message}\n${error.hint}`).toMatch(text);
  expect(await fs.readdir(at("tmp"))).toEqual([]);
}

describe("convert --reader bioformats", () => {
  test("converts what bfconvert writes, says where it came from, and removes it", async () => {
    await program("bfconvert", `echo "$@" > "${at("asked")}"; cp "${at("cells.ome.tif")}" "$last"`);
    const done = await lamella("convert", "cells.nd2", "a.ome.zarr", "--reader", "bioformats");
    expect(done.stderr).toContain("bfconvert reads cells.nd2");
    expect(done.status).toBe(0);
    expect(await fs.readdir(at("tmp"))).toEqual([]);
    const asked = await fs.readFile(at("asked"), "utf8");
    expect(asked).toMatch(/^-noflat -bigtiff .* \/.*\/cells\.nd2 \/.*\.ome\.tif\n$/);
    const found = await inspect(at("a.ome.zarr"));
    expect(found["series"]).toMatchObject([{ levels: [{ shape: [1, 2, 2, 90, 80] }] }]);
    expect(found["provenance"]).toMatchObject({
      operations: [{ op: "bioformats", tool: "bfconvert", uri: expect.stringMatching(/cells\.nd2$/) }, {}],
    });
  });

  test("or what bioformats2raw writes, where there is no bfconvert", async () => {
    expect((await lamella("convert", "cells.ome.tif", "raw.ome.zarr")).status).toBe(0);
    await program("bioformats2raw", `cp -r "${at("raw.ome.zarr")}" "$last"`);
    const done = await lamella("convert", "cells.nd2", "b.ome.zarr", "--reader", "bioformats");
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining("bioformats2raw reads")]);
    const found = await inspect(at("b.ome.zarr"));
    expect(found["series"]).toMatchObject([{ levels: [{ shape: [1, 2, 2, 90, 80] }] }]);
    expect(await fs.readFile(at("b.ome.zarr/OME/METADATA.ome.xml"), "utf8")).toContain("<OME");
  });

  test("or what java makes of a jar", async () => {
    await fs.writeFile(at("bioformats_package.jar"), "");
    await program("java", `echo "$@" > "${at("asked")}"; cp "${at("cells.ome.tif")}" "$last"`);
    const jar = ["--bioformats-jar", "bioformats_package.jar"];
    const done = await lamella("convert", "cells.nd2", "c.ome.zarr", "--reader", "bioformats", ...jar);
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining("bfconvert reads")]);
    expect(await fs.readFile(at("asked"), "utf8")).toMatch(
      /-cp \/.*bioformats_package\.jar loci\.formats\.tools\.ImageConverter -noflat/,
    );
  });

  test.each(["e.ozx", "e.ome.tif"])(
    "into one file, which is refused before the work where it is there: %s",
    async (name) => {
      await program("bfconvert", `echo ran >> "${at("runs")}"; cp "${at("cells.ome.tif")}" "$last"`);
      await fs.rm(at("runs"), { force: true });
      const args = ["convert", "cells.nd2", name, "--reader", "bioformats"];
      const done = await lamella(...args, "--quiet");
      expect([done.status, done.stderr]).toEqual([0, ""]);
      await expectError(args, "OUTPUT_EXISTS", 3, []);
      expect(await fs.readFile(at("runs"), "utf8")).toBe("ran\n");
    },
  );

  const convert = ["convert", "cells.nd2", "d.ome.zarr", "--reader", "bioformats"];

  test("says what to install where there is none", async () => {
    await expectError(convert, "READER_NOT_FOUND", 2, [/no bfconvert or bioformats2raw/, /bioformats-jar/]);
    await expectError([...convert, "--bioformats-jar", "none.jar"], "NOT_FOUND", 2, [/none\.jar/]);
  });

  test("quotes the last lines of what fails, without places in Java's sources", async () => {
    const lines = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo line-$i >&2; done";
    await program(
      "bfconvert",
      `${lines}; printf 'Unknown file format\\n\\tat loci.X(Y.java:1)\\n' >&2; exit 1`,
    );
    await expectError(convert, "READER_FAILED", 1, [
      /exit status 1/,
      /line-14\nUnknown file format$/m,
      /^(?!.*at loci)(?!.*line-1\n)/s,
    ]);
  });

  test("says that it was killed", async () => {
    await program("bfconvert", "kill -9 $$");
    await expectError(convert, "READER_FAILED", 1, [/killed by SIGKILL/, /BF_MAX_MEM/]);
  });

  test("says that nothing was written", async () => {
    await program("bfconvert", "exit 0");
    await expectError(convert, "READER_FAILED", 1, [/without writing/]);
  });

  test("refuses an output that exists before the work, and what isn't here", async () => {
    await program("bfconvert", `touch "${at("ran")}"; exit 1`);
    await expectError(
      ["convert", "cells.nd2", "a.ome.zarr", "--reader", "bioformats"],
      "OUTPUT_EXISTS",
      3,
      [],
    );
    await expectError(["convert", "s3://b/a.nd2", "e.zarr", "--reader", "bioformats"], "UNSUPPORTED_URI", 2, [
      /Copy/,
    ]);
    await expectError(
      ["convert", "cells.nd2", "e.zarr", "--bioformats-jar", "x.jar"],
      "INVALID_ARGUMENT",
      2,
      [],
    );
    expect(await fs.stat(at("ran")).catch(() => undefined)).toBeUndefined();
  });

  test("Ctrl-C ends the program, and leaves nothing behind", async () => {
    await program("bfconvert", `touch "${at("started")}"; exec sleep 60`);
    const { child, done } = startLamella(convert, folder, env());
    while (!(await fs.stat(at("started")).catch(() => undefined))) await sleep(20);
    child.kill("SIGINT");
    const { status, stderr } = await done;
    expect([status, stderr]).toEqual([130, expect.stringContaining("INTERRUPTED")]);
    expect(await fs.readdir(at("tmp"))).toEqual([]);
  });
});

describe("inspect --reader bioformats", () => {
  test("tells what showinf says", async () => {
    await program("showinf", `echo "a warning"; cat "${at("shown.xml")}"`);
    const done = await lamella("inspect", "cells.nd2", "--reader", "bioformats", "--json");
    expect(JSON.parse(done.stdout)).toMatchObject({
      kind: "bio-formats",
      series: [
        {
          name: "cells",
          shape: [1, 2, 2, 90, 80],
          dtype: "float32",
          channels: [{ label: "DAPI" }, { label: "Channel 1" }],
        },
      ],
    });
  });

  test("says what it lacks", async () => {
    await expectError(["inspect", "cells.nd2", "--reader", "bioformats"], "READER_NOT_FOUND", 2, [/showinf/]);
    await program("showinf", "echo nothing");
    await expectError(["inspect", "cells.nd2", "--reader", "bioformats"], "READER_FAILED", 1, [/no OME-XML/]);
  });

  test("Lamella's own reader names the format and the way out", async () => {
    await expectError(["inspect", "cells.nd2"], "UNKNOWN_FORMAT", 2, [/Nikon ND2/, /--reader bioformats/]);
  });
});
