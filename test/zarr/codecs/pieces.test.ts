import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import type { StoredArray } from "../../../shared/zarr/array.ts";
import type { ArraySpec } from "../../../shared/zarr/spec.ts";
import { putArray, SPEC } from "../../support/zarr-store.ts";

const codecs: readonly ArraySpec["codec"][] = [
  { name: "none" },
  { name: "zstd", level: 1 },
  { name: "gzip", level: 1 },
  { name: "blosc", cname: "lz4", level: 5, shuffle: "shuffle" },
];

describe("an array's chunks are decoded where they are needed", () => {
  it.each(codecs.flatMap((codec) => ([2, 3] as const).map((zarrFormat) => ({ codec, zarrFormat }))))(
    "in Zarr v$zarrFormat, compressed by $codec.name",
    async ({ codec, zarrFormat }) => {
      const array = await putArray(new MemoryStore("pieces"), "", { ...SPEC, codec, zarrFormat });
      expect((array as unknown as StoredArray).hasPieces).toBe(true);
    },
  );
});
