import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openObject, openStore } from "../../shared/storage/uri.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { bytesOf } from "./contract.ts";

let folder: string;
let server: FakeS3;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-uri-"));
  server = await new FakeS3({ signed: false }).start();
  server.createBucket("bucket");
  vi.stubEnv("AWS_ENDPOINT_URL_S3", server.endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await fs.rm(folder, { recursive: true });
});

describe.each(["file", "s3"])("a %s URI", (scheme) => {
  const base = () => (scheme === "s3" ? "s3://bucket/some" : `file://${folder}/some`);

  test("opens as a store", async () => {
    const store = await openStore(`${base()}/a.zarr/#0`);
    expect(store.uri).toBe(`${base()}/a.zarr`);
    await store.put("zarr.json", bytesOf("{}"));
    expect(await (await openStore(base())).get("a.zarr/zarr.json")).toEqual(bytesOf("{}"));
  });

  test("opens as a single object with those beside it", async () => {
    await (await openStore(base())).put("x y.tif", bytesOf("II"));
    const { store, key } = await openObject(`${base()}/${scheme === "s3" ? "x y.tif" : "x%20y.tif"}`);
    expect(key).toBe("x y.tif");
    expect(store.uri).toBe(base());
    expect(await store.get(key)).toEqual(bytesOf("II"));
    expect(await store.get("a.zarr/zarr.json")).toEqual(bytesOf("{}"));
  });
});

test("an object at the top of a bucket opens", async () => {
  const { store, key } = await openObject("s3://bucket/a.tif");
  expect([store.uri, key]).toEqual(["s3://bucket", "a.tif"]);
});

test("an https:// URI opens as a store and as an object", async () => {
  await (await openStore("s3://bucket/web")).put("x y.tif", bytesOf("II"));
  const store = await openStore(`${server.endpoint}/bucket/web/`);
  expect(await store.get("x y.tif")).toEqual(bytesOf("II"));
  const object = await openObject(`${server.endpoint}/bucket/web/x%20y.tif?sig=1`);
  expect(object.key).toBe("x y.tif");
  expect(await object.store.get(object.key)).toEqual(bytesOf("II"));
  expect(object.store.uri).toBe(`${server.endpoint}/bucket/web?sig=1`);
});

test("a file that is a link to elsewhere opens, since the user named it", async () => {
  await fs.mkdir(path.join(folder, "annex"));
  await fs.mkdir(path.join(folder, "links"));
  await fs.writeFile(path.join(folder, "annex/content"), "II");
  await fs.symlink("../annex/content", path.join(folder, "links/a.tif"));
  await fs.symlink("../annex/content", path.join(folder, "links/b.tif"));
  const { store, key } = await openObject(path.join(folder, "links/a.tif"));
  expect(await store.get(key)).toEqual(bytesOf("II"));
  await expect(store.get("b.tif")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
});

test.each(["s3://bucket", "https://h.org", "https://h.org/", "/"])("%s is no single object", async (uri) => {
  await expect(openObject(uri)).rejects.toMatchObject({ code: "UNSUPPORTED_URI" });
});
