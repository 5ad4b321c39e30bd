import { describe, expect, test } from "vitest";
import { openImage } from "../../../shared/formats/open-image.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { makeTiff, page } from "../../support/make-tiff.ts";
import { readAll } from "../../support/read-all.ts";

const HEAD = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"';

/** Three slices, a file each; the text may say who it is. */
function master(names: readonly string[], uuid = "urn:uuid:0"): string {
  const data = names
    .map(
      (name, z) =>
        `<TiffData FirstZ="${z}" IFD="0" PlaneCount="1"><UUID FileName="${name}">urn:uuid:${z}</UUID></TiffData>`,
    )
    .join("");
  return (
    `${HEAD} UUID="${uuid}"><Image ID="Image:0" Name="stack"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" ` +
    `SizeX="2" SizeY="1" SizeZ="${names.length}" SizeC="1" SizeT="1"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>${data}</Pixels></Image></OME>`
  );
}

const binaryOnly = (name: string): string =>
  `${HEAD}><BinaryOnly MetadataFile="${name}" UUID="urn:uuid:9"/></OME>`;

function tiff(value: number, description: string): Uint8Array {
  return makeTiff([page(2, 1, 8, [new Uint8Array([value, value + 1])], { 270: [FIELD.ascii, description] })]);
}

async function open(files: { readonly [key: string]: Uint8Array | string }, key: string) {
  const store = new MemoryStore();
  for (const [name, content] of Object.entries(files)) {
    await store.put(name, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  return openImage({ store, key, uri: `memory://files/${key}` });
}

const NAMES = ["z0.ome.tif", "z1.ome.tif", "z2.ome.tif"];

describe("multi-file OME-TIFF", () => {
  test("opens from the file with the metadata, beside the others", async () => {
    const files = Object.fromEntries(
      NAMES.map((name, z) => [`set/${name}`, tiff(z * 10, z === 0 ? master(NAMES) : "")]),
    );
    const image = await open(files, "set/z0.ome.tif");
    expect(image.format).toBe("ome-tiff");
    expect([...(await readAll(image.series[0]!.source))]).toEqual([0, 1, 10, 11, 20, 21]);
    expect(Object.keys(image.fingerprints).sort()).toEqual(NAMES.map((name) => `memory://files/set/${name}`));
  });

  test("opens through a companion file, from it and from any of its TIFFs", async () => {
    const files = {
      "a.companion.ome": master(NAMES),
      ...Object.fromEntries(NAMES.map((name, z) => [name, tiff(z * 10, binaryOnly("a.companion.ome"))])),
    };
    for (const key of ["a.companion.ome", ...NAMES]) {
      const image = await open(files, key);
      expect([...(await readAll(image.series[0]!.source))]).toEqual([0, 1, 10, 11, 20, 21]);
      expect(image.omeXml).toBe(master(NAMES));
      expect(Object.keys(image.fingerprints)).toHaveLength(4);
    }
  });

  test("a file of a set that was renamed is known by its UUID, one on its own by that", async () => {
    const files = {
      "new.ome.tif": tiff(0, master(NAMES)),
      "z1.ome.tif": tiff(10, ""),
      "z2.ome.tif": tiff(20, ""),
    };
    expect([...(await readAll((await open(files, "new.ome.tif")).series[0]!.source))]).toEqual([
      0, 1, 10, 11, 20, 21,
    ]);
    const alone = { "new.ome.tif": tiff(7, master(["old.ome.tif"], "urn:uuid:other")) };
    expect([...(await readAll((await open(alone, "new.ome.tif")).series[0]!.source))]).toEqual([7, 8]);
  });

  test("missing files are named", async () => {
    const files = { "z0.ome.tif": tiff(0, master(NAMES)), "z2.ome.tif": tiff(20, "") };
    await expect(open(files, "z0.ome.tif")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("z1.ome.tif"),
      details: { missing: ["z1.ome.tif"] },
    });
    await expect(open({ "z.ome.tif": tiff(0, binaryOnly("gone.ome")) }, "z.ome.tif")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("gone.ome"),
    });
  });

  test.each(["../secret.tif", "/etc/passwd", "a/../../b.tif", "..\\b.tif", "C:b.tif", "a//b.tif", "./b.tif"])(
    "%s is not followed",
    async (name) => {
      const files = { "set/z0.ome.tif": tiff(0, master(["z0.ome.tif", name])), "secret.tif": tiff(1, "") };
      await expect(open(files, "set/z0.ome.tif")).rejects.toMatchObject({
        code: "UNSAFE_KEY",
        details: { name },
      });
      const only = { "set/z0.ome.tif": tiff(0, binaryOnly(name)) };
      await expect(open(only, "set/z0.ome.tif")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
    },
  );

  test("a master that has no images either is refused, not followed in circles", async () => {
    const files = {
      "a.ome": binaryOnly("b.ome"),
      "b.ome": binaryOnly("a.ome"),
      "z.ome.tif": tiff(0, binaryOnly("a.ome")),
    };
    for (const key of Object.keys(files)) {
      await expect(open(files, key)).rejects.toMatchObject({ code: "OME_XML_INVALID" });
    }
  });

  test("pages of another size than the rest of their image are refused", async () => {
    const odd = makeTiff([page(3, 1, 8, [new Uint8Array(3)])]);
    const files = { "z0.ome.tif": tiff(0, master(NAMES)), "z1.ome.tif": odd, "z2.ome.tif": tiff(1, "") };
    await expect(open(files, "z0.ome.tif")).rejects.toMatchObject({
      code: "TIFF_MALFORMED",
      message: expect.stringContaining("z1.ome.tif"),
    });
  });
});
