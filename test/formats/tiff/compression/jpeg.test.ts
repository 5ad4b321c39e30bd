import { describe, expect, test } from "vitest";
import type { SegmentInfo } from "../../../../shared/formats/tiff/compression/codec.ts";
import { jpeg } from "../../../../shared/formats/tiff/compression/jpeg.ts";
import type { PageLayout } from "../../../../shared/formats/tiff/page.ts";
import cases from "../fixtures/jpeg.json" with { type: "json" };

function infoOf(rows: number, columns: number, samples: number, photometric: number): SegmentInfo {
  const layout = { dtype: "uint8", bits: 8, samples, planar: false, photometric } as PageLayout;
  const expected = rows * columns * samples;
  return { layout, rows, columns, expected, limit: expected, jpegTables: undefined };
}

describe("JPEG", () => {
  // Streams and pixels by libjpeg-turbo, through Pillow and imagecodecs.
  test.each(cases.map((c) => [c.name, c] as const))("%s: libjpeg-turbo's pixels", async (_, c) => {
    const [rows, columns, samples = 1] = c.shape as [number, number, number?];
    const pixels = await jpeg.decode(
      Buffer.from(c.jpeg, "base64"),
      infoOf(rows, columns, samples, c.photometric),
    );
    const expected = Buffer.from(c.pixels, "base64");
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - pixels[i]!)), 0);
    expect(pixels.length).toBe(expected.length);
    expect(worst).toBe(0);
  });

  const [first] = cases;
  const bytes = Buffer.from(first!.jpeg, "base64");
  const info = infoOf(first!.shape[0]!, first!.shape[1]!, 3, 6);

  test("data that end early are an error, wherever", () => {
    for (let length = 0; length < bytes.length - 4; length += 7) {
      expect(() => jpeg.decode(bytes.subarray(0, length), info)).toThrow();
    }
  });

  test("a header that promises a larger image is refused before anything is allocated", () => {
    const grown = Buffer.from(bytes);
    const frame = grown.indexOf(Buffer.from([0xff, 0xc0]));
    grown.writeUInt16BE(65500, frame + 5);
    grown.writeUInt16BE(65500, frame + 7);
    expect(() => jpeg.decode(grown, info)).toThrow("65500 x 65500");
  });

  test("another size than the segment's is an error", () => {
    expect(() => jpeg.decode(bytes, infoOf(first!.shape[0]!, first!.shape[1]! + 1, 3, 6))).toThrow(
      /not 38 x 29 x 3/,
    );
  });

  test("other widths than 8 bits are refused by name", () => {
    expect(jpeg.refuse!({ dtype: "uint16", bits: 12 } as PageLayout)).toContain("12 bits");
    expect(jpeg.refuse!({ dtype: "uint8", bits: 8 } as PageLayout)).toBeUndefined();
  });
});
