import { expect, test } from "vitest";
import { imagesBelow } from "../../../shared/formats/ngff/images-below.ts";
import {
  omeGroupAttributes,
  seriesPaths,
  seriesRootAttributes,
} from "../../../shared/formats/ngff/series.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { openZarrGroup } from "../../../shared/zarr/read.ts";
import { groupMetadataObjects } from "../../../shared/zarr/write.ts";

/** A root whose group OME lists so many series. */
async function rootOf(count: number) {
  const store = new MemoryStore();
  for (const { key, bytes } of groupMetadataObjects(3, seriesRootAttributes("0.5")))
    await store.put(key, bytes);
  for (const { key, bytes } of groupMetadataObjects(3, omeGroupAttributes("0.5", seriesPaths(count))))
    await store.put(`OME/${key}`, bytes);
  return { store, group: await openZarrGroup(store) };
}

test("the series that a root lists are all given, or refused", async () => {
  const { store, group } = await rootOf(4096);
  expect(await imagesBelow(store, group)).toEqual(seriesPaths(4096));
  const more = await rootOf(4097);
  await expect(imagesBelow(more.store, more.group)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
