import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../shared/block/dtype.ts";
import { openImageFile } from "../../../shared/formats/open-image.ts";
import { readAll } from "../../support/read-all.ts";
import { sharedData } from "../../support/shared-data.ts";

interface Golden {
  readonly file: string;
  readonly expected: string;
}

const golden = sharedData("golden");

/** Raw bytes, shape and dtype of a .npy file in C order. */
function readNpy(file: string): { dtype: string; shape: number[]; data: Uint8Array } {
  const bytes = readFileSync(file);
  const length = bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, 10 + length);
  const dtype = /'descr': '([^']+)'/.exec(header)![1]!;
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(",")
    .flatMap((n) => (n.trim() ? [Number(n)] : []));
  return { dtype, shape, data: bytes.subarray(10 + length) };
}

describe.skipIf(!golden)("golden TIFFs", () => {
  const index = golden
    ? (JSON.parse(readFileSync(path.join(golden, "index.json"), "utf8")) as { formats: Golden[] })
    : { formats: [] };
  test.each(index.formats.filter(({ file }) => file.endsWith(".tif")).map((g) => [g.file, g] as const))(
    "%s",
    async (_, { file, expected }) => {
      const npy = readNpy(path.join(golden!, expected));
      const { source } = (await openImageFile(path.join(golden!, file))).series[0]!;
      const data = bytesOf(await readAll(source));
      // Interleaved samples come last in numpy, and are channels here.
      const interleaved = npy.shape.length === 3 && npy.shape[2] === source.shape[1] && source.shape[1]! > 1;
      const pixels = interleaved ? npy.shape[0]! * npy.shape[1]! : 0;
      const want = interleaved
        ? Uint8Array.from(
            npy.data,
            (_, i) => npy.data[(i % pixels) * npy.shape[2]! + Math.floor(i / pixels)]!,
          )
        : npy.data;
      const swapped = npy.dtype.startsWith(">") ? Buffer.from(want).swap16() : want;
      expect(Buffer.compare(data, swapped)).toBe(0);
    },
  );
});
