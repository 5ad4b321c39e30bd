import { describe, expect, test } from "vitest";
import { openImage } from "../../../shared/formats/open-image.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { type MadePage, makeTiff, page } from "../../support/make-tiff.ts";
import { readAll } from "../../support/read-all.ts";

async function open(bytes: Uint8Array) {
  const store = new MemoryStore();
  await store.put("a.tif", bytes);
  return openImage({ store, key: "a.tif", uri: "memory://a.tif" });
}

const DESCRIPTION =
  "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nunit=\\u00B5m\nspacing=1.5\nfinterval=0.25\n";
const TAGS = {
  270: [FIELD.ascii, DESCRIPTION],
  282: [FIELD.rational, [4]],
  283: [FIELD.rational, [2]],
} as const;

/** Planes are numbered as they lie in the file: channels fastest, then slices, then frames. */
function planes(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => new Uint8Array([i]));
}

/** T, C, Z of those numbers. */
const EXPECTED = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11];

describe("ImageJ hyperstacks", () => {
  const separate = (): MadePage[] =>
    planes(12).map((bytes, i) => page(1, 1, 8, [bytes], i === 0 ? TAGS : {}));

  test("a directory a plane", async () => {
    const image = await open(makeTiff(separate()));
    const { source, metadata } = image.series[0]!;
    expect(image.format).toBe("imagej-tiff");
    expect(source.shape).toEqual([2, 2, 3, 1, 1]);
    expect([...(await readAll(source))]).toEqual(EXPECTED);
    expect(metadata.axes.map(({ name, scale, unit }) => [name, scale, unit])).toEqual([
      ["t", 0.25, "second"],
      ["c", 1, undefined],
      ["z", 1.5, "micrometer"],
      ["y", 0.5, "micrometer"],
      ["x", 0.25, "micrometer"],
    ]);
  });

  /** One directory; the planes follow each other, as ImageJ writes beyond 4 GB. */
  function contiguous(stored: number): Uint8Array {
    const first = makeTiff([page(4, 3, 8, [new Uint8Array(12)], TAGS)]);
    const start = first.length;
    const head = makeTiff([page(4, 3, 8, [new Uint8Array(12)], { ...TAGS, 273: [FIELD.long, [start]] })]);
    return new Uint8Array(Buffer.concat([head, ...planes(stored).map(([i]) => new Uint8Array(12).fill(i!))]));
  }

  test("planes without directories", async () => {
    const { source } = (await open(contiguous(12))).series[0]!;
    expect(source.shape).toEqual([2, 2, 3, 3, 4]);
    const pixels = await readAll(source);
    expect(EXPECTED.map((_, i) => pixels[i * 12 + 11])).toEqual(EXPECTED);
  });

  test("planes that are missing at the end are a truncated file", async () => {
    await expect(open(contiguous(11))).rejects.toMatchObject({ code: "TIFF_TRUNCATED" });
  });

  test("a description that doesn't fit the pages is passed over", async () => {
    const image = await open(makeTiff(separate().slice(0, 5)));
    expect(image.format).toBe("tiff");
    expect(image.series[0]!.source.shape).toEqual([1, 1, 5, 1, 1]);
  });

  test("images alone count slices", async () => {
    const tags = { 270: [FIELD.ascii, "ImageJ=1.53t\nimages=3\n"] } as const;
    const pages = planes(3).map((bytes, i) => page(1, 1, 8, [bytes], i === 0 ? tags : {}));
    expect((await open(makeTiff(pages))).series[0]!.source.shape).toEqual([1, 1, 3, 1, 1]);
  });
});
