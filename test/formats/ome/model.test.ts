import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isOmeXml, parseOmeXml } from "../../../shared/formats/ome/model.ts";
import { parseXml, type XmlElement } from "../../../shared/formats/ome/xml.ts";
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

describe("OME-XML made to hurt", () => {
  const head = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">';
  const one = pixels("<TiffData/>");
  test.each([
    ["a million levels", `${head}${"<a>".repeat(1e6)}`],
    ["elements that never end", `${head}${"<BinData>".repeat(1e6)}`],
    [
      "attributes by the million",
      `${head}<Image ${Array.from({ length: 1e6 }, (_, i) => `a${i}=""`).join(" ")}/></OME>`,
    ],
    ["a name of megabytes", `${head}<Image Name="${"&amp;".repeat(1e6)}">${one}</Image></OME>`],
    ["images by the hundred thousand", `${head}${`<Image>${one}</Image>`.repeat(1e5)}</OME>`],
    ["TiffData by the million", `${head}<Image>${pixels("<TiffData/>".repeat(1e6))}</Image></OME>`],
    ["a comment that never ends", `${head}${"<!--".repeat(1e6)}`],
    ["tags within tags", `${head}${"<Plane ".repeat(1e6)}`],
    ["an entity that doubles", `<!DOCTYPE OME [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>${head}&b;</OME>`],
    ["a text beyond all bounds", `${head}${" ".repeat(68e6)}</OME>`],
    ["a second root", `${head}</OME><OME/>`],
    ["text behind the root", `${head}</OME>x`],
    ["an attribute twice", `${head}<Image Name="a" Name="b"/></OME>`],
    ["an attribute without quotes", `${head}<Image Name=a/></OME>`],
  ])("%s is refused", (_, text) => {
    expect(() => parseOmeXml(text, "bomb.ome")).toThrow(expect.objectContaining({ code: "OME_XML_INVALID" }));
  });

  test("elements that aren't looked at are passed over, however many there are", () => {
    const text = `${head}${"<a/>".repeat(1e6)}<Image>${one}</Image><b c="${"x".repeat(1e7)}"/></OME>`;
    expect(parseOmeXml(text, "x").images).toHaveLength(1);
  });

  test("what begins like OME-XML is told from it quickly", () => {
    expect(isOmeXml(" ".repeat(65_536))).toBe(false);
    expect(isOmeXml("<!--".repeat(20_000))).toBe(false);
    expect(isOmeXml(`\ufeff<?xml version="1.0"?>\n<!-- a -->\n<o:OME>`)).toBe(true);
  });
});

/** An element and all below it, as plain data. */
function plain(element: XmlElement, names: readonly string[]): unknown {
  return [
    element.name,
    element.text.trim(),
    names.flatMap((name) => element.children(name).map((child) => plain(child, names))),
  ];
}

test("parseXml reads prefixes, quotes, references, comments and CDATA", () => {
  const text = `<?xml version="1.0"?><!-- c --><r:a xmlns:r="u"><b x='1 "2"' r:y="&lt;&#65;">t &amp; <![CDATA[<raw> &amp;]]></b>\n<c /><b><d>1</d></b></r:a>`;
  const root = parseXml(text, "x");
  expect(plain(root, ["b", "c", "d"])).toEqual([
    "a",
    "",
    [
      ["b", "t & <raw> &amp;", []],
      ["b", "", [["d", "1", []]]],
      ["c", "", []],
    ],
  ]);
  expect(root.children("b")[0]!.attribute("x")).toBe('1 "2"');
  expect(root.children("b")[0]!.attribute("y")).toBe("<A");
});

describe("what planes say", () => {
  const plane = (t: number, z: number, rest: string) => `<Plane TheT="${t}" TheC="0" TheZ="${z}" ${rest}/>`;
  const image = (planes: string, attributes = "") =>
    parseOmeXml(
      ome(
        `<Image><Pixels DimensionOrder="XYZCT" Type="int8" SizeX="1" SizeY="1" SizeZ="2" SizeC="1" SizeT="3" ${attributes}>${planes}</Pixels></Image>`,
      ),
      "x",
    ).images[0]!;

  test("gives the time increment and the spacing along z where attributes don't", () => {
    const planes = [0, 1, 2].flatMap((t) =>
      [0, 1].map((z) =>
        plane(
          t,
          z,
          `DeltaT="${t * 1500 + z}" DeltaTUnit="ms" PositionZ="${10 - z * 0.5}" PositionZUnit="µm" PositionX="7" PositionXUnit="mm"`,
        ),
      ),
    );
    const { physicalSize, planes: facts } = image(planes.join(""));
    expect(physicalSize).toEqual({
      t: { value: 1.5, unit: "second" },
      z: { value: 0.5, unit: "micrometer" },
    });
    expect(facts!.position).toEqual({
      x: { value: 7, unit: "millimeter" },
      z: { value: 10, unit: "micrometer" },
    });
    const told = image(planes.join(""), 'TimeIncrement="2" PhysicalSizeZ="3"').physicalSize;
    expect(told).toEqual({ t: { value: 2, unit: "second" }, z: { value: 3, unit: "micrometer" } });
  });

  test.each([
    ["uneven times", [0, 1, 5].map((t) => plane(t === 5 ? 2 : t, 0, `DeltaT="${t}"`))],
    ["a time that is missing", [0, 1].map((t) => plane(t, 0, `DeltaT="${t}"`))],
    ["positions of the stage's own units", [0, 1].map((z) => plane(0, z, `PositionZ="${z}"`))],
  ])("says nothing of %s", (_, planes) => {
    expect(image(planes.join("")).physicalSize).toEqual({});
  });
});

const folder = sharedData("data/ome_xml");

describe.skipIf(!folder)("the OME model's sample files", () => {
  const files = folder
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.(xml|xsd)$/.test(name))
    : [];
  test.each(files)("%s", (name) => {
    const text = readFileSync(path.join(folder!, name), "utf8");
    if (name.endsWith(".xsd")) {
      // The schema itself lies among them.
      expect(() => parseOmeXml(text, name)).toThrow(/starts with schema, not OME/);
      return;
    }
    expect(isOmeXml(text)).toBe(true);
    const { images } = parseOmeXml(text, name);
    expect(images.length).toBe([...text.matchAll(/<(?:\w+:)?Image[\s>]/g)].length);
    for (const image of images) {
      const channels = image.channels.reduce((sum, { samples }) => sum + samples, 0);
      // "bad" has a channel too few, as its name says.
      if (channels > 0 && !name.endsWith("bad.ome.xml")) expect(channels).toBe(image.sizeC);
      expect(image.type).toMatch(/^(u?int(8|16|32)|float|double|bit|complex|double-complex)$/);
    }
  });
});
