import { expect, test } from "vitest";
import { bdvImages } from "../../../shared/formats/hdf5/bdv.ts";
import type { Hdf5File } from "../../../shared/formats/hdf5/file.ts";

/** A file whose root has so many setups in so many times, and no more of them than are asked for. */
function fileOf(setups: number, times: number): Hdf5File {
  const names = [
    "__DATA_TYPES__",
    ...Array.from({ length: setups }, (_, i) => `s${String(i).padStart(2, "0")}`),
    ...Array.from({ length: times }, (_, i) => `t${String(i).padStart(5, "0")}`),
  ];
  return {
    file: { uri: "file:///a.h5" },
    children: async (_path: string, most: number) =>
      names.slice(0, most).map((name) => ({ name, kind: "group" })),
    kindOf: async () => "dataset",
    info: async () => ({ type: { type: 0, size: 2, signed: true } }),
  } as unknown as Hdf5File;
}

test("setups beyond the hundredth are images too, in the order of their numbers", async () => {
  const images = await bdvImages(fileOf(103, 2));
  expect(images.map(({ name }) => name).slice(98)).toEqual(["s98", "s99", "s100", "s101", "s102"]);
  expect(images.at(-1)!.paths).toEqual([["t00000/s102/0/cells"], ["t00001/s102/0/cells"]]);
});

test.each([
  [257, 1],
  [257, 5000],
  [1, 4097],
  [256, 4097],
])("%i setups of %i times are refused, and none left out", async (setups, times) => {
  await expect(bdvImages(fileOf(setups, times))).rejects.toMatchObject({ code: "HDF5_UNSUPPORTED" });
});

test("a setup that lacks a time is refused: the times after it would move", async () => {
  const whole = fileOf(2, 3);
  const lacking = new Proxy(whole, {
    get: (file, name) =>
      name === "kindOf"
        ? async (path: string) => (path === "t00001/s01/0/cells" ? undefined : file.kindOf(path))
        : Reflect.get(file, name, file),
  });
  await expect(bdvImages(lacking)).rejects.toMatchObject({
    code: "HDF5_UNSUPPORTED",
    message: expect.stringContaining("setup s01 has no image of t00001"),
  });
});
