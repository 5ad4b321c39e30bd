import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { DType } from "../../../shared/block/dtype.ts";
import { chooseImages, type KeptImage, keptOmeXml } from "../../../shared/formats/ome/kept-xml.ts";
import { type OmeImage, parseOmeXml } from "../../../shared/formats/ome/model.ts";
import { sharedData } from "../../support/shared-data.ts";

const DTYPES: { readonly [type: string]: DType } = { bit: "uint8", float: "float32", double: "float64" };

/** What an Image says of itself, as if it were written. */
function asWritten(image: OmeImage, ifd = 0, part: Partial<KeptImage> = {}): KeptImage {
  return {
    shape: [image.sizeT, image.sizeC, image.sizeZ, image.sizeY, image.sizeX],
    dtype: DTYPES[image.type] ?? (image.type as DType),
    axes: [],
    ifd,
    ...part,
  };
}

function keep(xml: string, part: Partial<KeptImage> = {}, littleEndian = true): string {
  let ifd = 0;
  const images = parseOmeXml(xml, "x").images.map((image) => {
    const written = asWritten(image, ifd, part);
    ifd += image.sizeT * image.sizeC * image.sizeZ;
    return written;
  });
  const kept = keptOmeXml(xml, images, { littleEndian, where: "x" });
  if ("reason" in kept) throw new Error(kept.reason);
  return kept.xml;
}

const PIXELS = `DimensionOrder="XYZTC" SizeX="4" SizeY="3" SizeZ="2" SizeC="3" SizeT="1"`;
const HEAD = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"`;

describe("keptOmeXml", () => {
  test("changes what is of the file, and nothing else", () => {
    const kept = keep(
      `<?xml version="1.0" encoding="UTF-16"?>\n${HEAD} UUID="urn:uuid:1"><!-- kept --><Experiment ID="Experiment:0"/>` +
        `<Image ID="Image:0" Name="a Type='x' µ"><Pixels ID="Pixels:0" Type="int8" BigEndian="true" SignificantBits="12" ${PIXELS}>` +
        `<Channel ID="Channel:0:0" Name="DNA"><LightPath/></Channel><TiffData IFD="3"><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData>` +
        `<TiffData IFD="4"/><Plane TheZ="0" TheT="0" TheC="0" DeltaT="1"/></Pixels></Image></OME>`,
      { dtype: "uint8" },
    );
    expect(kept).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n${HEAD}><!-- kept --><Experiment ID="Experiment:0"/>` +
        `<Image ID="Image:0" Name="a Type='x' µ"><Pixels ID="Pixels:0" Type="uint8" BigEndian="false" ${PIXELS.replace("XYZTC", "XYZCT")}>` +
        `<Channel ID="Channel:0:0" Name="DNA"><LightPath/></Channel><TiffData IFD="0" PlaneCount="6"/>` +
        `<Plane TheZ="0" TheT="0" TheC="0" DeltaT="1"/></Pixels></Image></OME>`,
    );
  });

  test("has characters themselves where it had references, which Bio-Formats takes for damage", () => {
    const text = `${HEAD}><Image Name="膜 &#181; &#xB5; &#60;"><Pixels Type="int8" ${PIXELS}><TiffData/></Pixels></Image></OME>`;
    const kept = keep(text);
    expect(kept).toContain('Name="膜 µ µ &#60;"');
    expect(parseOmeXml(kept, "x").images[0]!.name).toBe("膜 µ µ <");
  });

  test("makes a channel of each sample", () => {
    const channels = `<Channel ID="Channel:0:0" SamplesPerPixel="3" Name="RGB"><LightPath/></Channel>`;
    const [image] = parseOmeXml(
      keep(`${HEAD}><Image><Pixels Type="uint8" ${PIXELS}>${channels}<TiffData/></Pixels></Image></OME>`),
      "x",
    ).images;
    expect(image!.channels).toEqual([
      { name: "RGB Red", color: "FF0000", samples: 1 },
      { name: "RGB Green", color: "00FF00", samples: 1 },
      { name: "RGB Blue", color: "0000FF", samples: 1 },
    ]);
  });

  test("follows axes that say other sizes, in the schema's units", () => {
    const axes = [
      { name: "x", type: "space", unit: "nanometer", scale: 250, translation: 0 },
      { name: "y", type: "space", unit: "nanometer", scale: 500, translation: 0 },
    ] as const;
    const text = (year: string) =>
      `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/${year}"><Image><Pixels Type="int8" PhysicalSizeX="1" PhysicalSizeY="0.5" ${PIXELS}><TiffData/></Pixels></Image></OME>`;
    expect(keep(text("2016-06"), { axes })).toContain(
      'PhysicalSizeX="250" PhysicalSizeY="0.5" DimensionOrder="XYZCT"',
    );
    expect(keep(text("2016-06"), { axes })).toContain('PhysicalSizeXUnit="nm"');
    expect(keep(text("2011-06"), { axes })).toContain('PhysicalSizeX="0.25"');
    expect(keep(text("2011-06"), { axes })).not.toContain("Unit");
  });

  test("writes into elements that close themselves, under any prefix, and as schemas of 2008 want it", () => {
    const old = `<o:OME xmlns:o="http://www.openmicroscopy.org/Schemas/OME/2008-09"><o:Image DefaultPixels="p:1"><o:Pixels ID="p:0" PixelType="int8" ${PIXELS}/><o:Pixels ID="p:1" PixelType="int8" BigEndian="true" ${PIXELS} /></o:Image></o:OME>`;
    expect(keep(old)).toBe(
      old
        .replace(`<o:Pixels ID="p:0" PixelType="int8" ${PIXELS}/>`, "")
        .replace('BigEndian="true"', 'BigEndian="false"')
        .replace("XYZTC", "XYZCT")
        .replace(" /></o:Image>", '><o:TiffData IFD="0" NumPlanes="6"/></o:Pixels></o:Image>'),
    );
  });

  test.each([
    ["other sizes", { shape: [1, 3, 2, 3, 5] as const }, "SizeX is 4, 5 is written"],
    ["more channels than planes", {}, "its channels aren't 3 planes"],
  ])("says why it can't be kept: %s", (_, part, reason) => {
    const channels = `<Channel SamplesPerPixel="4"/>`;
    const xml = `${HEAD}><Image><Pixels Type="int8" ${PIXELS}>${"shape" in part ? "" : channels}<TiffData/></Pixels></Image></OME>`;
    const [image] = parseOmeXml(xml, "x").images;
    const kept = keptOmeXml(xml, [asWritten(image!, 0, part)], { littleEndian: true, where: "x" });
    expect(kept).toEqual({ reason: `image 0: ${reason}` });
    expect(keptOmeXml(xml, [], { littleEndian: true, where: "x" })).toEqual({
      reason: "it has 1 images, 0 are written",
    });
  });
});

test("chooseImages keeps some Images, in the order asked for", () => {
  const image = (i: number) => `<Image ID="Image:${i}"><Pixels/></Image>`;
  const text = `${HEAD}><a/>${image(0)}\n${image(1)}\n${image(2)}<b/></OME>`;
  expect(chooseImages(text, [0, 1, 2])).toBe(text);
  expect(chooseImages(text, [2, 0])).toBe(`${HEAD}><a/>${image(2)}${image(0)}\n\n<b/></OME>`);
  expect(chooseImages(text, [3])).toBeUndefined();
});

const folder = sharedData("data/ome_xml");

describe.skipIf(!folder)("the OME model's sample files of 2008 to 2016", () => {
  const files = folder
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".xml"))
    : [];
  test.each(files)("%s says the same of its images when it is kept", (name) => {
    const text = readFileSync(path.join(folder!, name), "utf8");
    const before = parseOmeXml(text, name).images;
    const after = parseOmeXml(keep(text), name).images;
    let ifd = 0;
    for (const [i, image] of before.entries()) {
      const planes = image.sizeT * image.sizeC * image.sizeZ;
      expect(after[i]).toEqual({
        ...image,
        dimensionOrder: "XYZCT",
        type: image.type === "bit" ? "uint8" : image.type,
        tiffData: [{ ifd, firstC: 0, firstZ: 0, firstT: 0, planeCount: planes }],
      });
      ifd += planes;
    }
  });
});
