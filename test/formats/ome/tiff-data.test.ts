import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OmeImage, TiffData } from "../../../shared/formats/ome/model.ts";
import { locatePlanes } from "../../../shared/formats/ome/tiff-data.ts";

function image(part: Partial<OmeImage>): OmeImage {
  return {
    dimensionOrder: "XYZCT",
    type: "uint8",
    sizeX: 1,
    sizeY: 1,
    sizeZ: 2,
    sizeC: 2,
    sizeT: 2,
    physicalSize: {},
    channels: [],
    tiffData: [],
    ...part,
  };
}

function ifds(of: OmeImage, channels = of.sizeC, available = 8): (number | undefined)[] {
  return locatePlanes(of, channels, () => available, "x").map((place) => place?.ifd);
}

const none: TiffData = { firstC: 0, firstZ: 0, firstT: 0 };

describe("locatePlanes", () => {
  // Results are in order T, C, Z, Z fastest.
  test("without attributes, all directories run along DimensionOrder", () => {
    expect(ifds(image({ tiffData: [none] }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(ifds(image({ tiffData: [none], dimensionOrder: "XYCZT" }))).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
    expect(ifds(image({ tiffData: [none], dimensionOrder: "XYTCZ" }))).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
  });

  test("with IFD alone an element stands for one plane, with PlaneCount for as many", () => {
    const one = { ...none, ifd: 3, firstC: 1 };
    expect(ifds(image({ tiffData: [one] }))).toEqual([
      undefined,
      undefined,
      3,
      ...new Array(5).fill(undefined),
    ]);
    expect(ifds(image({ tiffData: [{ ...one, planeCount: 3 }] }))).toEqual([
      ...[undefined, undefined, 3, 4, 5],
      ...[undefined, undefined, undefined],
    ]);
  });

  test("fewer directories than planes leave the rest without pixels; none at all is an error", () => {
    expect(ifds(image({ tiffData: [none] }), 2, 3)).toEqual([0, 1, 2, ...new Array(5).fill(undefined)]);
    expect(() => ifds(image({ tiffData: [{ ...none, ifd: 8 }] }))).toThrow(/IFD 8/);
    expect(() => ifds(image({ tiffData: [{ ...none, firstZ: 2 }] }))).toThrow(/Z 2/);
  });

  test("FirstC of samples is taken for that of their plane", () => {
    const rgb = image({ sizeC: 6, sizeT: 1, sizeZ: 1, tiffData: [none, { ...none, ifd: 1, firstC: 3 }] });
    expect(ifds(rgb, 2, 2)).toEqual([0, 1]);
  });

  test("an element a plane, in whatever order, is a permutation", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const tiffData = order.map((ifd, plane) => ({
          ifd,
          firstZ: plane % 2,
          firstC: (plane >> 1) % 2,
          firstT: plane >> 2,
        }));
        expect(ifds(image({ tiffData }))).toEqual(order);
      }),
    );
  });
});
