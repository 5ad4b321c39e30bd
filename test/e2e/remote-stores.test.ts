import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromHdf5, fromN5, fromZarr } from "../../shared/index.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

const fixture = (name: string) => readFileSync(new URL(`../formats/hdf5/fixtures/${name}`, import.meta.url));
const values = Uint16Array.from({ length: 20 }, (_, i) => i * 7);

let server: FakeS3;
beforeAll(async () => {
  server = await new FakeS3({ signed: false }).start();
  const bucket = server.createBucket("web");
  const put = (key: string, bytes: Uint8Array) =>
    bucket.set(key, { bytes: Buffer.from(bytes), etag: `"${key}"`, headers: {} });
  put("a.h5", fixture("latest.h5"));
  put("imaris.ims", fixture("imaris.ims"));
  const store = new MemoryStore("made");
  await putArray(store, "", SPEC, [[[0, 0], { dtype: "uint16", shape: [4, 5], data: values }]]);
  const members: { [name: string]: Uint8Array } = {};
  for await (const { key } of store.list("")) members[key] = (await store.get(key))!;
  put("a.ozx", zipSync(members, { level: 0 }));
  put("deflated.zip", zipSync(members, { level: 6 }));
  const block = Buffer.alloc(12 + 40);
  block.writeUInt16BE(2, 2);
  block.writeUInt32BE(5, 4);
  block.writeUInt32BE(4, 8);
  for (const [i, value] of values.entries()) block.writeUInt16BE(value, 12 + 2 * i);
  const attributes = {
    dimensions: [5, 4],
    blockSize: [5, 4],
    dataType: "uint16",
    compression: { type: "raw" },
  };
  put("a.n5/s0/attributes.json", Buffer.from(JSON.stringify(attributes)));
  put("a.n5/s0/0/0", block);
});
afterAll(() => server.stop());

const at = (name: string) => `${server.endpoint}/web/${name}`;

describe("over HTTP, by ranges", () => {
  it.each(["a.ozx", "deflated.zip"])("%s is a lazy array", async (name) => {
    expect((await (await fromZarr(at(name))).compute()).data).toEqual(values);
    expect(await inspect(at(name))).toMatchObject({ kind: "zarr array", shape: [4, 5] });
  });

  it("N5 is read and inspected, though a web server lists nothing", async () => {
    expect((await (await fromN5(at("a.n5"), { component: "s0" })).compute()).data).toEqual(values);
    expect(await inspect(`${at("a.n5")}#s0`)).toMatchObject({ kind: "n5 dataset", shape: [4, 5] });
  });

  it("HDF5 is read and inspected", async () => {
    const remote = await fromHdf5(at("a.h5"), { dataset: "/index/growing" });
    const here = await fromHdf5(new URL("../formats/hdf5/fixtures/latest.h5", import.meta.url).href, {
      dataset: "/index/growing",
    });
    expect((await remote.compute()).data).toEqual((await here.compute()).data);
    expect(await inspect(at("imaris.ims"))).toMatchObject({ kind: "hdf5", images: [{ times: 2 }] });
  });
});
