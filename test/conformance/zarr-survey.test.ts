import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openStore } from "../../shared/storage/uri.ts";
import { openZarrArray, openZarrNode, type ZarrGroup } from "../../shared/zarr/read.ts";
import { md5Of, readArray } from "../support/read-array.ts";
import { sharedData } from "../support/shared-data.ts";

const root = sharedData("data/zarr");
const DOCUMENTS = new Set([".zarray", ".zgroup", "zarr.json"]);

/** Strings and objects, which Lamella refuses, and a draft of v3 that nothing reads any more. */
const REFUSED: readonly (readonly [path: RegExp, code: string])[] = [
  [/\.(U7|U13\.[bl]e|S7|O)$/, "UNSUPPORTED_DTYPE"],
  [/zarrita\.zr3$/, "ZARR_METADATA"],
];

/** Strings and objects in the zipped ones. */
const STRINGS = /\.(U7|U13\.[bl]e|S7|O)$|string|json2|vlen/;

function nodesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && DOCUMENTS.has(entry.name))
    .map((entry) => path.relative(folder, entry.parentPath))
    .sort();
}

const nodes = root ? nodesBelow(root) : [];

describe.skipIf(!root)("Zarr stores of other projects", () => {
  it.each(nodes)("%s", async (node) => {
    const store = new FileStore(path.join(root!, node));
    const refused = REFUSED.find(([pattern]) => pattern.test(node));
    if (refused) {
      await expect(openZarrNode(store)).rejects.toMatchObject({ code: refused[1] });
      return;
    }
    const opened = await openZarrNode(store);
    if (opened.kind === "group") await expect(opened.group.listChildren()).resolves.toBeDefined();
    else expect((await readArray(opened.array)).length).toBe(opened.array.shape.reduce((n, m) => n * m, 1));
  });

  it.each(["v2/data.zipped_from_within.zarr.zip", "v3/data.uncompressed.zarr.zip"])(
    "%s, in place",
    async (name) => {
      const store = await openStore(path.join(root!, "zarrita.js", name));
      const { group } = (await openZarrNode(store)) as { group: ZarrGroup };
      let arrays = 0;
      for await (const { key } of store.list("")) {
        const [, folder, document] = /^(.*)\/([^/]*)$/.exec(key) ?? [];
        if (folder === undefined || !(document === ".zarray" || document === "zarr.json")) continue;
        const refused = STRINGS.test(folder);
        const opened = openZarrNode(store, folder);
        if (refused) await expect(opened).rejects.toMatchObject({ code: "UNSUPPORTED_DTYPE" });
        else {
          const node = await opened;
          if (node.kind === "array")
            expect((await readArray(node.array)).length).toBe(sizeOf(node.array.shape));
        }
        arrays++;
      }
      expect(arrays).toBeGreaterThan(15);
      expect((await group.listChildren()).length).toBeGreaterThan(15);
    },
  );

  it("hold the same image under each codec", async () => {
    const sums = new Set<string>();
    for (const codec of ["blosc", "gzip", "raw", "zlib"]) {
      const store = new FileStore(path.join(root!, "zarr_implementations/zarr.zr"));
      sums.add(md5Of(await readArray(await openZarrArray(store, codec))));
    }
    expect(sums.size).toBe(1);
  });

  it("are all there", () => {
    expect(nodes.length).toBeGreaterThan(70);
  });
});
