import http from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { HttpStore } from "../../shared/storage/http.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { bytesOf } from "./contract.ts";

const QUICK = { attempts: 3, baseMs: 1, capMs: 2 };
const DIGITS = { bytes: Buffer.from("0123456789"), etag: '"abc"', headers: { "last-modified": "x" } };

let server: FakeS3;
let plain: FakeS3;
const others: http.Server[] = [];

beforeAll(async () => {
  server = await new FakeS3({ signed: false }).start();
  plain = await new FakeS3({ signed: false, ranges: false }).start();
  for (const each of [server, plain]) {
    const bucket = each.createBucket("web");
    bucket.set("a.zarr/c/0", DIGITS);
    bucket.set("a.zarr/odd name+%#?", DIGITS);
    bucket.set("empty", { ...DIGITS, bytes: Buffer.alloc(0) });
  }
});

afterEach(() => expect(server.pendingFaults).toBe(0));

afterAll(async () => {
  await server.stop();
  await plain.stop();
  for (const other of others) {
    other.closeAllConnections();
    other.close();
  }
});

function open(path = "/web/a.zarr", from = server): HttpStore {
  return new HttpStore(from.endpoint + path, { retry: QUICK });
}

/** A server of the test's own. */
async function serve(listener: http.RequestListener): Promise<string> {
  const other = http.createServer(listener);
  others.push(other);
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

describe.each([["with ranges"], ["without ranges"]])("a server %s", (kind) => {
  const from = () => (kind === "with ranges" ? server : plain);

  test("gives whole objects and their heads", async () => {
    const store = open("/web/a.zarr/", from());
    expect(await store.get("c/0")).toEqual(bytesOf("0123456789"));
    expect(await store.get("odd name+%#?")).toEqual(bytesOf("0123456789"));
    expect(await store.head("c/0")).toEqual({ size: 10, etag: "abc" });
    expect(await store.child("c").get("0", { ifMatch: "abc" })).toEqual(bytesOf("0123456789"));
  });

  test.each([
    [0, 4, "0123"],
    [3, 4, "3456"],
    [8, 10, "89"],
    [10, 5, ""],
    [2, 0, ""],
    [-3, 3, "789"],
    [-5, 2, "56"],
    [-50, 4, "0123"],
  ])("gives the range from %i, %i bytes", async (offset, length, expected) => {
    expect(await open("/web/a.zarr", from()).getRange("c/0", offset, length)).toEqual(bytesOf(expected));
  });

  test("knows no absent object, and empty ones", async () => {
    const store = open("/web", from());
    expect(await store.get("nothing")).toBeUndefined();
    expect(await store.getRange("nothing", 0, 4)).toBeUndefined();
    expect(await store.head("nothing")).toBeUndefined();
    expect(await store.get("empty")).toEqual(new Uint8Array(0));
    expect(await store.getRange("empty", 0, 4)).toEqual(new Uint8Array(0));
    expect(await store.getRange("empty", -4, 4)).toEqual(new Uint8Array(0));
  });

  test("is asked for the version meant", async () => {
    const store = open("/web/a.zarr", from());
    const changed = { code: "INPUT_CHANGED" };
    await expect(store.get("c/0", { ifMatch: "other" })).rejects.toMatchObject(changed);
    await expect(store.getRange("c/0", 0, 2, { ifMatch: "other" })).rejects.toMatchObject(changed);
    await expect(store.head("c/0", { ifMatch: "other" })).rejects.toMatchObject(changed);
  });
});

describe("faults", () => {
  test.each([
    { kind: "status", status: 503, code: "SlowDown" },
    { kind: "status", status: 429, code: "TooMany" },
    { kind: "reset" },
    { kind: "truncate" },
  ] as const)("that pass are passed over: $kind $status", async (fault) => {
    server.fail(fault, 2);
    expect(await open().get("c/0")).toEqual(bytesOf("0123456789"));
    server.fail(fault, 2);
    expect(await open().getRange("c/0", 2, 4)).toEqual(bytesOf("2345"));
  });

  test.each([
    { kind: "status", status: 500, code: "Oops" },
    { kind: "reset" },
    { kind: "truncate" },
  ] as const)("that stay end in a coded error: $kind", async (fault) => {
    server.fail(fault, 3);
    await expect(open().get("c/0")).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("/web/a.zarr/c/0"),
    });
  });

  test("are noticed in the length of a range", async () => {
    server.fail({ kind: "shortRange" }, 3);
    await expect(open().getRange("c/0", 2, 4)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });

  test("of the user are not tried again", async () => {
    server.fail({ kind: "status", status: 403, code: "Forbidden" });
    await expect(open().get("c/0")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });

  test("say that nobody answers", async () => {
    await expect(new HttpStore("http://127.0.0.1:9/a").get("k")).rejects.toMatchObject({
      code: "STORAGE_FAILED",
    });
  });

  test("don't hide that an abort ended a slow read", async () => {
    server.fail({ kind: "latency", ms: 5_000 });
    const aborting = new AbortController();
    const read = open().get("c/0", { signal: aborting.signal });
    await vi.waitFor(() => expect(server.pendingFaults).toBe(0));
    aborting.abort(new Error("stopped by the user"));
    await expect(read).rejects.toThrow("stopped by the user");
  });
});

describe("odd servers", () => {
  test("may refuse HEAD", async () => {
    const base = await serve((request, response) => {
      if (request.method === "HEAD") return response.writeHead(405).end();
      return response
        .writeHead(206, { "content-range": "bytes 0-0/1234", "content-length": 1, etag: 'W/"7"' })
        .end("x");
    });
    expect(await new HttpStore(base).head("k")).toEqual({ size: 1234, etag: 'W/"7"' });
  });

  test("may tell only a time, or nothing", async () => {
    const time = "Wed, 21 Oct 2015 07:28:00 GMT";
    const timed = await serve((_, response) =>
      response.writeHead(200, { "last-modified": time, "content-length": 1 }).end("x"),
    );
    expect(await new HttpStore(timed).head("k")).toEqual({ size: 1, etag: Date.parse(time).toString(16) });
    const silent = await serve((_, response) => response.writeHead(200).end("x"));
    expect(await new HttpStore(silent).get("k")).toEqual(bytesOf("x"));
    await expect(new HttpStore(silent).head("k")).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    await expect(new HttpStore(silent).getRange("k", -1, 1)).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("doesn't serve byte ranges"),
    });
  });

  test("may compress though asked not to", async () => {
    const base = await serve((request, response) => {
      expect(request.headers["accept-encoding"]).toBe("identity");
      const body = gzipSync("0123456789");
      response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length }).end(body);
    });
    expect(await new HttpStore(base).get("k")).toEqual(bytesOf("0123456789"));
  });

  test("aren't read to the end for a far range", async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { "content-length": 10 ** 12 });
      response.write("x");
    });
    await expect(new HttpStore(base).getRange("k", 10 ** 11, 5)).rejects.toMatchObject({
      message: expect.stringContaining("doesn't serve byte ranges"),
    });
  });
});

test("sends the address's query with each request, and keeps it out of messages", async () => {
  const asked: string[] = [];
  const base = await serve((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(403).end();
  });
  const store = new HttpStore(`${base}/data/a.zarr/?sig=secret`);
  expect(store.uri).toBe(`${base}/data/a.zarr?sig=secret`);
  expect(store.child("0/c").uri).toBe(`${base}/data/a.zarr/0/c?sig=secret`);
  const error: unknown = await store.get("x y").catch((thrown: unknown) => thrown);
  expect(asked).toEqual(["/data/a.zarr/x%20y?sig=secret"]);
  expect(JSON.stringify(error)).not.toContain("secret");
});

test("is read only", async () => {
  const store = open();
  const refused = { code: "UNSUPPORTED_URI" };
  await expect(store.put("k")).rejects.toMatchObject(refused);
  await expect(store.putIfAbsent("k")).rejects.toMatchObject(refused);
  await expect(store.delete("k")).rejects.toMatchObject(refused);
  await expect(store.listDirectory("")).rejects.toMatchObject(refused);
  await expect(store.list("").next()).rejects.toMatchObject(refused);
  await expect(store.get("../k")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
});
