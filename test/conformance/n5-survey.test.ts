import path from "node:path";
import { describe, expect, it } from "vitest";
import { openN5Array } from "../../shared/formats/n5/open.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { md5Of, readArray } from "../support/read-array.ts";
import { sharedData } from "../support/shared-data.ts";

const root = sharedData("data/n5");

/** MD5 of the elements, little-endian and in C order, as tensorstore 0.1.86 reads them; those of z5py are equal to its Zarr twin's. */
const DATASETS: readonly (readonly [path: string, shape: readonly number[], md5: string])[] = [
  ["neuroglancer/n5_viewer_multiscale_modern#s0", [20, 10], "a75d7d422fd00bf31208b013e74d8394"],
  ["neuroglancer/n5_viewer_multiscale_modern#s1", [10, 5], "6d0bb00954ceb7fbee436bb55a8397a9"],
  ["neuroglancer/n5_viewer_multiscale_modern#s2", [5, 3], "862dec5c27142824a394bc6464928f48"],
  ["neuroglancer/n5_viewer_multiscale_deprecated#s0", [20, 10], "a75d7d422fd00bf31208b013e74d8394"],
  ["neuroglancer/n5_viewer_multiscale_deprecated#s1", [10, 5], "6d0bb00954ceb7fbee436bb55a8397a9"],
  ["neuroglancer/n5_viewer_multiscale_deprecated#s2", [5, 3], "862dec5c27142824a394bc6464928f48"],
  ["zarr_implementations/z5py.n5#raw", [512, 512, 3], "858df4cb7ccf26eb34f19c3aeb5a99bc"],
  ["zarr_implementations/z5py.n5#gzip", [512, 512, 3], "858df4cb7ccf26eb34f19c3aeb5a99bc"],
];

describe.skipIf(!root)("N5 containers of other projects", () => {
  it.each(DATASETS)("%s", async (place, shape, md5) => {
    const [folder, dataset] = place.split("#") as [string, string];
    const array = await openN5Array(new FileStore(path.join(root!, folder)), dataset);
    expect(array.shape).toEqual(shape);
    expect(md5Of(await readArray(array))).toBe(md5);
  });
});
