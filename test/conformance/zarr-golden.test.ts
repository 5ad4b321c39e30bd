import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOf, itemSize } from "../../shared/block/dtype.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { readArray } from "../support/read-array.ts";
import { sharedData } from "../support/shared-data.ts";

const golden = sharedData("golden");
const index = golden
  ? (JSON.parse(readFileSync(path.join(golden, "index.json"), "utf8")) as {
      formats: { file: string; expected: string }[];
    })
  : { formats: [] };

describe.skipIf(!golden)("golden Zarr stores", () => {
  it.each(index.formats.filter(({ file }) => file.endsWith(".zarr")))("$file", async ({ file, expected }) => {
    const array = await openZarrArray(new FileStore(path.join(golden!, file)));
    const data = await readArray(array);
    const npy = readFileSync(path.join(golden!, expected));
    const header = 10 + npy.readUInt16LE(8);
    expect(npy.toString("latin1", 10, header)).toContain(`'shape': (${array.shape.join(", ")}`);
    const elements = Buffer.from(npy.subarray(header));
    if (npy.toString("latin1", 10, header).includes("'>")) {
      if (itemSize(array.dtype) === 2) elements.swap16();
      else elements.swap32();
    }
    expect(Buffer.from(bytesOf(data)).equals(elements)).toBe(true);
  });

  it("has the stores that the test is about", () => {
    expect(index.formats.filter(({ file }) => existsSync(path.join(golden!, file))).length).toBeGreaterThan(
      20,
    );
  });
});
