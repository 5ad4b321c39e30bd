import { describe, expect, test } from "vitest";
import { bytesOf, type DType } from "../../../../shared/block/dtype.ts";
import { isLamellaError } from "../../../../shared/errors.ts";
import { codecFor } from "../../../../shared/formats/tiff/compression/registry.ts";
import type { PageLayout, TiffPage } from "../../../../shared/formats/tiff/page.ts";
import { checkPlausible, decodeSegment, refusal } from "../../../../shared/formats/tiff/segment.ts";
import { randomOf } from "../../../support/sample-data.ts";
import cases from "../fixtures/codecs.json" with { type: "json" };

function pageOf(c: (typeof cases)[number]): TiffPage {
  const [rows, columns, samples = 1] = c.shape as [number, number, number?];
  const layout: PageLayout = {
    width: columns,
    height: rows,
    samples,
    planar: false,
    bits: c.dtype === "bool" ? 1 : Number(/\d+/.exec(c.dtype)![0]),
    sampleFormat: c.dtype.startsWith("int") ? 2 : 1,
    dtype: c.dtype as DType,
    photometric: c.photometric,
    extraSamples: [],
    compression: c.compression,
    predictor: 1,
    lsbFirst: false,
    littleEndian: true,
    tiled: false,
    segmentWidth: columns,
    segmentHeight: rows,
    across: 1,
    down: 1,
    subsampling: [1, 1],
    t4Options: c.t4Options,
  };
  return { file: { uri: "memory://a.tif" }, label: "IFD 0", layout } as unknown as TiffPage;
}

const decode = async (c: (typeof cases)[number], data: Uint8Array): Promise<Uint8Array> => {
  const page = pageOf(c);
  checkPlausible(page, 0, data.length, page.layout.height);
  return bytesOf(await decodeSegment(page, 0, data));
};

/** Segments of OpenJPEG, libwebp, liblzma and libtiff: test/conformance/make_codec_fixtures.py. */
describe.each(cases)("$name", (c) => {
  const data = new Uint8Array(Buffer.from(c.data, "base64"));

  test("gives the reference's pixels", async () => {
    expect(refusal(pageOf(c).layout)).toBeUndefined();
    expect(Buffer.from(await decode(c, data)).toString("base64")).toBe(c.pixels);
  });

  test("cut or damaged data is pixels of the right size, or CHUNK_DECODE", async () => {
    const random = randomOf(data.length);
    const size = Buffer.from(c.pixels, "base64").length;
    for (let run = 0; run < 60; run++) {
      let bytes = data.slice();
      if (run % 3 === 0) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
      else
        for (let i = 0; i <= run % 5; i++)
          bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
      try {
        expect((await decode(c, bytes)).length).toBe(size);
      } catch (error) {
        if (!isLamellaError(error)) throw error;
        expect(error.code).toMatch(/CHUNK_DECODE|TIFF_UNSUPPORTED/);
        expect(error.message).toContain(codecFor(c.compression)!.name);
      }
    }
  });

  test("data for another size of image is refused", async () => {
    const page = pageOf(c);
    const wider = {
      ...page,
      layout: { ...page.layout, width: 4096, segmentWidth: 4096, segmentHeight: 4096 },
    };
    await expect(decodeSegment(wider, 0, data, 4096)).rejects.toMatchObject({ code: "CHUNK_DECODE" });
  });
});
