import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf, openFixture } from "../support/hdf5.ts";
import { sharedData } from "../support/shared-data.ts";

const root = sharedData("data/hdf5");
/** What h5py 3.16 reads: shape, dtype and MD5 of each dataset of numbers; "refused" for the others. */
const digests = JSON.parse(readFileSync(new URL("hdf5-digests.json", import.meta.url), "utf8")) as {
  [file: string]: { [dataset: string]: string };
};

describe.skipIf(!root)("HDF5 files of other projects", () => {
  it.each(Object.entries(digests))("%s", async (name, expected) => {
    const file = await openFixture(path.join(root!, name));
    const found: { [dataset: string]: string } = {};
    for (const dataset of await file.datasetsBelow()) {
      found[dataset] = await digestOf(file, dataset).catch((error: { code?: string }) =>
        error.code === "UNSUPPORTED_DTYPE" ? "refused" : String(error),
      );
    }
    expect(found).toEqual(expected);
  });
});
