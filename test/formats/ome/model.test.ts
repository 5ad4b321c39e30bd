import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isOmeXml, parseOmeXml } from "../../../shared/formats/ome/model.ts";
import { sharedData } from "../../support/shared-data.ts";

function ome(inner: string, attributes = ""): string {
  return `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" ${attributes}>${inner}</OME>`;
}

function pixels(inner = "", attributes = ""): string {
  return `<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="4" SizeY="3" SizeZ="2" SizeC="2" SizeT="1" ${attributes}>${inner}</Pixels>`;
}

describe("parseOmeXml", () => {
  test("reads dimensions, channels, colours, sizes and units", () => {
    const [image] = parseOmeXml(
      ome(
        `<Image ID="Image:0" Name="a &amp; b &#181;">${pixels(
          '<Channel ID="c:0" Name="DAPI" Color="65535"/><Channel ID="c:1" Color="-16776961" SamplesPerPixel="1"/><TiffData IFD="1" FirstZ="1"><UUID FileName="b.ome.tif">urn:uuid:1</UUID></TiffData>',
          'PhysicalSizeX="0.5" PhysicalSizeY="500" PhysicalSizeYUnit="nm" PhysicalSizeZ="2" PhysicalSizeZUnit="reference frame" TimeIncrement="1.5"',
        )}</Image>`,
      ),
      "a.ome.tif",
    ).images;
    expect(image).toMatchObject({
      name: "a & b µ",
      dimensionOrder: "XYCZT",
      type: "uint16",
      sizeX: 4,
      sizeY: 3,
      sizeZ: 2,
      sizeC: 2,
      sizeT: 1,
      physicalSize: {
        x: { value: 0.5, unit: "micrometer" },
        y: { value: 500, unit: "nanometer" },
        z: { value: 2 },
        t: { value: 1.5, unit: "second" },
      },
      tiffData: [{ ifd: 1, firstC: 0, firstZ: 1, firstT: 0, fileName: "b.ome.tif", uuid: "urn:uuid:1" }],
    });
    // Red, green, blue and alpha in one signed integer: 0x0000FFFF and 0xFF0000FF.
    expect(image!.channels).toEqual([
      { name: "DAPI", color: "0000FF", samples: 1 },
      { color: "FF0000", samples: 1 },
    ]);
  });

  test("takes any prefix, and the 2008 schema's names", () => {
    const old = `<ns:OME xmlns:ns="http://www.openmicroscopy.org/Schemas/OME/2008-09"><ns:Image ID="i" DefaultPixels="p:1">
      <ns:LogicalChannel ID="l" Name="GFP"><ns:ChannelComponent Index="0" Pixels="p:1"/><ns:ChannelComponent Index="1" Pixels="p:1"/></ns:LogicalChannel>
      <ns:Pixels ID="p:0" DimensionOrder="XYZCT" PixelType="uint8" SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1"/>
      <ns:Pixels ID="p:1" DimensionOrder="XYZCT" PixelType="int8" SizeX="2" SizeY="2" SizeZ="1" SizeC="2" SizeT="1"><ns:TiffData NumPlanes="2"/></ns:Pixels>
      </ns:Image></ns:OME>`;
    expect(isOmeXml(old)).toBe(true);
    const [image] = parseOmeXml(old, "x").images;
    expect(image!.type).toBe("int8");
    expect(image!.channels.map(({ name }) => name)).toEqual(["GFP", "GFP"]);
    expect(image!.tiffData[0]!.planeCount).toBe(2);
  });

  test("knows a file whose metadata is elsewhere", () => {
    const parsed = parseOmeXml(
      ome('<BinaryOnly MetadataFile="m.companion.ome" UUID="urn:uuid:2"/>', 'UUID="urn:uuid:1"'),
      "x",
    );
    expect(parsed).toEqual({ uuid: "urn:uuid:1", metadataFile: "m.companion.ome", images: [] });
  });

  test("leaves positions of planes out, however many there are", () => {
    const planes = '<Plane TheC="0" TheT="0" TheZ="0" DeltaT="1"/>'.repeat(20_000);
    expect(parseOmeXml(ome(`<Image>${pixels(`<TiffData/>${planes}`)}</Image>`), "x").images).toHaveLength(1);
  });

  test.each([
    ["a document type", `<!DOCTYPE OME [<!ENTITY a "b">]>${ome("")}`],
    ["an unclosed element", "<OME><Image></OME>"],
    ["another root", '<?xml version="1.0"?><Other/>'],
    ["no text", ""],
    ["no Pixels", ome('<Image ID="Image:0"/>')],
    ["a size of zero", ome(`<Image>${pixels().replace('SizeZ="2"', 'SizeZ="0"')}</Image>`)],
    ["a size that is no number", ome(`<Image>${pixels().replace('SizeZ="2"', 'SizeZ="many"')}</Image>`)],
    ["sizes beyond reason", ome(`<Image>${pixels().replace('SizeT="1"', 'SizeT="2000000000"')}</Image>`)],
    ["an unknown order", ome(`<Image>${pixels().replace("XYCZT", "ZXYCT")}</Image>`)],
    ["a negative directory", ome(`<Image>${pixels('<TiffData IFD="-1"/>')}</Image>`)],
    ["elements nested too deep", ome("<a>".repeat(200) + "</a>".repeat(200))],
  ])("refuses %s", (_, text) => {
    expect(() => parseOmeXml(text, "bad.ome.tif")).toThrow(
      expect.objectContaining({ code: "OME_XML_INVALID", details: { file: "bad.ome.tif" } }),
    );
  });

  test("entities are not expanded beyond XML's own", () => {
    const [image] = parseOmeXml(ome(`<Image Name="&lol; &lt;&#x41;&gt;">${pixels()}</Image>`), "x").images;
    expect(image!.name).toBe("&lol; <A>");
  });
});

const folder = sharedData("data/ome_xml/ome-model");

describe.skipIf(!folder)("the OME model's sample files", () => {
  const files = folder
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".ome.xml"))
    : [];
  test.each(files)("%s", (name) => {
    const text = readFileSync(path.join(folder!, name), "utf8");
    expect(isOmeXml(text)).toBe(true);
    const { images } = parseOmeXml(text, name);
    expect(images.length).toBe([...text.matchAll(/<(?:\w+:)?Image[\s>]/g)].length);
    for (const image of images) {
      const channels = image.channels.reduce((sum, { samples }) => sum + samples, 0);
      if (channels > 0) expect(channels).toBe(image.sizeC);
      expect(image.type).toMatch(/^(u?int(8|16|32)|float|double|bit|complex|double-complex)$/);
    }
  });
});
