import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isLamellaError } from "../../../shared/errors.ts";
import { ByteFile } from "../../../shared/formats/byte-file.ts";
import { hdf5Axes } from "../../../shared/formats/hdf5/axes.ts";
import { Hdf5Dataset } from "../../../shared/formats/hdf5/dataset.ts";
import { Hdf5File } from "../../../shared/formats/hdf5/file.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { readSome } from "../../fuzz/target.ts";
import { generator, mutate } from "../../support/mutate.ts";

const MUTATIONS = Number(process.env["LAMELLA_FUZZ_HDF5"] ?? 150);
/** Files and the datasets that are read of them; where their first objects lie, damage does most. */
const SEEDS = [
  ["axes.h5", 4096],
  ["imaris.ims", 6000],
  ["latest.h5", 6000],
] as const;
const MOST_DATASETS = 8;

/** Apart from the other formats' fuzzer: the library's memory stays when it has been large, and it may take its time to be stopped. */
it(`${MUTATIONS} damaged files are read or refused with a coded error`, async () => {
  const outcomes = new Map<string, number>();
  for (let i = 0; i < MUTATIONS; i++) {
    const random = generator(i);
    const [name, edge] = SEEDS[i % SEEDS.length]!;
    const sound = readFileSync(new URL(`fixtures/${name}`, import.meta.url));
    const outcome = await read(mutate(new Uint8Array(sound), random, [[0, edge]])).catch((error: unknown) => {
      if (isLamellaError(error) && error.code !== "INTERNAL") return error.code;
      throw new Error(`mutation ${i} of ${name}`, { cause: error });
    });
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect([...outcomes.keys()].sort()).toEqual(
    expect.arrayContaining(["CHUNK_DECODE", "HDF5_MALFORMED", "read"]),
  );
}, 300_000);

async function read(bytes: Uint8Array): Promise<string> {
  const store = new MemoryStore("test");
  await store.put("a.h5", bytes);
  const file = await Hdf5File.open(await ByteFile.open({ store, key: "a.h5", uri: "test/a.h5" }));
  for (const path of (await file.datasetsBelow()).slice(0, MOST_DATASETS)) {
    const dataset = await Hdf5Dataset.open(file, path);
    await file.attributes(path);
    await hdf5Axes(file, path, dataset.shape);
    await readSome(dataset);
  }
  return "read";
}
