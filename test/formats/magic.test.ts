import { describe, expect, test } from "vitest";
import { recognise } from "../../shared/formats/magic.ts";

/** The begin of a file: text or bytes at an offset. */
const head = (what: string | readonly number[], offset = 0): Uint8Array => {
  const bytes = new Uint8Array(512);
  bytes.set(typeof what === "string" ? Buffer.from(what, "latin1") : what, offset);
  return bytes;
};
const OLE = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

describe("formats by their first bytes", () => {
  test.each([
    ["Nikon ND2", head([0xda, 0xce, 0xbe, 0x0a])],
    ["JPEG 2000", head([0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20])],
    ["JPEG 2000", head([0xff, 0x4f, 0xff, 0x51])],
    ["Leica LIF", head([0x70, 0, 0, 0])],
    ["Leica LEI", head("IIII")],
    ["Olympus OIF", new Uint8Array([0xff, 0xfe, ...Buffer.from("[FileInformation]\r\n", "utf16le")])],
    ["Olympus ETS", head("SIS\0")],
    ["SlideBook", head([0x6c, 0, 0, 1])],
    ["Gatan DM3", head([0, 0, 0, 3])],
    ["DeltaVision", head([0xa0, 0xc0], 96)],
    ["MRC", head("MAP ", 208)],
    ["NIfTI", head("n+1\0", 344)],
    ["DICOM", head("DICM", 128)],
    ["FITS", head("SIMPLE  =                    T")],
    ["NRRD", head("NRRD0005")],
    ["ICS", head("\t\nics_version\t2.0")],
    ["PNG", head([0x89, 0x50, 0x4e, 0x47])],
    ["JPEG", head([0xff, 0xd8, 0xff, 0xe0])],
    ["GIF", head("GIF89a")],
    ["BMP", head("BM")],
    ["AVI", head("RIFF\0\0\0\0AVI LIST")],
  ])("%s", (name, bytes) => {
    const found = recognise(bytes);
    expect(found).toMatchObject({ format: "other", hint: expect.stringContaining("--reader bioformats") });
    expect(found!.name).toContain(name);
  });

  test.each([
    ["Olympus OIB", head(OLE), "a.oib"],
    ["Zeiss ZVI", head(OLE), "a.ZVI"],
    ["OLE compound file", head(OLE), "a.bin"],
    ["Olympus VSI", head("II*\0"), "slide.vsi"],
    ["Imaris", head("\x89HDF\r\n\x1a\n"), "a.ims"],
  ])("%s, by the name of the file too", (name, bytes, file) => {
    expect(recognise(bytes, file)!.name).toContain(name);
  });

  test("a TIFF is one whatever it is called", () => {
    for (const name of ["a.tif", "a", "a.vsi.tif"])
      expect(recognise(head("II*\0"), name)?.format).toBe("tiff");
  });

  test("CZI is read here", () => expect(recognise(head("ZISRAWFILE"))?.format).toBe("czi"));

  test("nothing is nothing", () => expect(recognise(head("hello"))).toBeUndefined());
});
