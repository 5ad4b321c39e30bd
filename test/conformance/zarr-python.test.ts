import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { md5Of, readArray } from "../support/read-array.ts";

interface Fixture {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly md5: string;
  readonly objects: { readonly [key: string]: string };
}

const fixtures = JSON.parse(readFileSync(new URL("fixtures/zarr-python.json", import.meta.url), "utf8")) as {
  readonly arrays: { readonly [name: string]: Fixture };
};

describe("arrays that zarr-python wrote", () => {
  it.each(Object.entries(fixtures.arrays))("%s", async (_name, fixture) => {
    const store = new MemoryStore("fixture");
    for (const [key, base64] of Object.entries(fixture.objects))
      await store.put(key, Buffer.from(base64, "base64"));
    const array = await openZarrArray(store);
    expect(array.shape).toEqual(fixture.shape);
    expect(array.dtype).toBe(fixture.dtype);
    expect(md5Of(await readArray(array))).toBe(fixture.md5);
  });
});
