import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { openImage } from "../../shared/formats/open-image.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { readAll } from "../support/read-all.ts";

test("the demo's image has two named channels of well separated cells, the same each time", async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-demo-"));
  try {
    const shape = [1, 2, 4, 256, 300] as const;
    for (const name of ["a.ome.tif", "b.ome.tif"])
      await makeDemoImage(path.join(folder, name), { shape, seed: 3 });
    const [a, b] = await Promise.all(
      ["a", "b"].map((name) => fs.readFile(path.join(folder, `${name}.ome.tif`))),
    );
    expect(a!.equals(b!)).toBe(true);

    const image = await openImage({ store: new FileStore(folder), key: "a.ome.tif", uri: "a.ome.tif" });
    const { metadata, source } = image.series[0]!;
    expect(source.shape).toEqual(shape);
    expect(metadata.channels?.map(({ label }) => label)).toEqual(["nuclei", "membrane"]);
    expect(metadata.axes.map(({ scale }) => scale)).toEqual([1, 1, 1, 0.325, 0.325]);
    const pixels = (await readAll(source)) as Uint16Array;
    const nuclei = pixels.subarray(0, pixels.length / 2);
    const bright = nuclei.reduce((count, value) => count + (value > 1000 ? 1 : 0), 0) / nuclei.length;
    expect(bright).toBeGreaterThan(0.03);
    expect(bright).toBeLessThan(0.3);
  } finally {
    await fs.rm(folder, { recursive: true });
  }
});
