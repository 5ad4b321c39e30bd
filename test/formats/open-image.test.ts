import { describe, expect, test } from "vitest";
import { openImage, openImageFile } from "../../shared/formats/open-image.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";

async function open(bytes: Uint8Array) {
  const store = new MemoryStore();
  await store.put("a.tif", bytes);
  return openImage({ store, key: "a.tif", uri: "memory://a.tif" });
}

const at = (offset: number, text: string): Uint8Array => {
  const bytes = new Uint8Array(512);
  bytes.set(Buffer.from(text, "latin1"), offset);
  return bytes;
};

describe("openImage", () => {
  test.each([
    [at(0, "\x89HDF\r\n\x1a\n"), "HDF5", /behind #/],
    [at(0, "\xda\xce\xbe\x0a"), "Nikon ND2", /Bio-Formats/],
    [at(0, "\x70\0\0\0"), "Leica LIF", /Bio-Formats/],
    [at(128, "DICM"), "DICOM", /Bio-Formats/],
    [at(0, "\x93NUMPY"), "NumPy", /tifffile/],
    [at(0, '{"zarr_format": 3}'), "Zarr", /folder/],
    [at(0, "PK\x03\x04"), "zip", /Unpack/],
  ])("names what it recognises and says what to do: %#", async (bytes, name, hint) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: "UNKNOWN_FORMAT",
      message: expect.stringContaining(name),
      hint: expect.stringMatching(hint),
      details: { file: "memory://a.tif" },
    });
  });

  test.each([
    [new Uint8Array(0), "empty"],
    [at(0, "hello"), "no format that is known"],
    [at(0, "II\x00\x2a"), "no format that is known"],
    [at(0, "<html>"), "no format that is known"],
  ])("and where it recognises nothing: %#", async (bytes, what) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: "UNKNOWN_FORMAT",
      message: expect.stringContaining(what),
    });
  });

  test("a file that isn't there is NOT_FOUND", async () => {
    await expect(openImageFile("/nowhere/at/all.tif")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("/nowhere/at/all.tif"),
    });
  });

  test("a folder is said to be one", async () => {
    await expect(openImageFile(import.meta.dirname)).rejects.toMatchObject({
      code: "NOT_ZARR",
      message: expect.stringContaining("is a folder without"),
    });
  });
});
