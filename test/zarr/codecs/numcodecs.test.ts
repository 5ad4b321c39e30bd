import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openZarrArray } from "../../../shared/zarr/read.ts";
import { readArray } from "../../support/read-array.ts";
import { storeOf } from "../../support/zarr-store.ts";

interface Case {
  readonly zarray: object;
  readonly chunk: string;
  readonly values: readonly number[];
}

/** Arrays of one chunk, as zarr-python 2 stores them (numcodecs-chunks.py). */
const cases = JSON.parse(readFileSync(new URL("numcodecs-chunks.json", import.meta.url), "utf8")) as {
  [name: string]: Case;
};

const open = async ({ zarray }: Case, chunk: Uint8Array) =>
  openZarrArray(await storeOf({ ".zarray": zarray, "0.0": chunk }));

describe("filters and compressors of numcodecs", () => {
  it.each(Object.entries(cases))("%s", async (_, each) => {
    const array = await open(each, Buffer.from(each.chunk, "base64"));
    expect(Array.from((await readArray(array)) as Iterable<number>, Number)).toEqual(each.values);
  });

  it.each(["crc32", "crc32 at the end", "adler32", "fletcher32", "bz2", "lzma"])(
    "%s notices damage",
    async (name) => {
      const chunk = Buffer.from(cases[name]!.chunk, "base64");
      chunk[Math.floor(chunk.length / 2)]! ^= 0x10;
      const array = await open(cases[name]!, chunk);
      await expect(readArray(array)).rejects.toMatchObject({
        code: expect.stringMatching(/^(CHECKSUM_MISMATCH|CHUNK_DECODE)$/),
      });
    },
  );
});
