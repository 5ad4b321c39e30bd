import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { S3Store } from "../../shared/storage/s3.ts";
import { connectS3, newConnection, type S3Connection } from "../../shared/storage/s3-client.ts";
import { FakeS3 } from "../support/fake-s3.ts";
import { bytesOf, keysOf, testStoreContract } from "./contract.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const QUICK = { attempts: 3, baseMs: 1, capMs: 2 };

let server: FakeS3;
let connection: S3Connection;
let buckets = 0;

beforeAll(async () => {
  server = await new FakeS3({ pageSize: 50 }).start();
  connection = await connect();
});

afterAll(async () => {
  connection.client.destroy();
  await server.stop();
});

afterEach(() => {
  vi.unstubAllEnvs();
  expect(server.pendingFaults).toBe(0);
});

function connect(maxAttempts = 1): Promise<S3Connection> {
  return newConnection({
    endpoint: server.endpoint,
    forcePathStyle: true,
    region: "us-east-1",
    credentials,
    maxAttempts,
  });
}

function openBucket(prefix = "", using = connection): S3Store {
  const bucket = `bucket-${++buckets}`;
  server.createBucket(bucket);
  return new S3Store(bucket, prefix, { connect: async () => using, retry: QUICK });
}

testStoreContract("S3", async () => openBucket());
testStoreContract("S3 below a prefix", async () => openBucket("some/prefix"));

describe("uploads in parts", () => {
  const size = 20 * 2 ** 20 + 7;
  const whole = new Uint8Array(size).map((_, i) => (i * 7919) >>> 8);
  const read = async (offset: number, length: number) => whole.slice(offset, offset + length);

  test.each([
    [true, 3],
    [true, size],
    [false, 3],
    [false, size],
  ])("overwrite %s: %i bytes are there when all are", async (overwrite, length) => {
    const store = openBucket("some/prefix");
    const options = { overwrite, contentType: "image/tiff" };
    expect(await store.upload("a.tif", length, read, options)).toBe(true);
    const found = await store.get("a.tif");
    expect(Buffer.compare(found!, whole.subarray(0, length))).toBe(0);
    expect(await store.upload("a.tif", length, read, options)).toBe(overwrite);
    expect(server.openUploads).toBe(0);
  });

  test.each([
    ["PUT", { kind: "status", status: 503, code: "SlowDown" }],
    ["PUT", { kind: "reset" }],
    ["POST", { kind: "reset" }],
  ] as const)("a fault in %s that passes is passed over: %j", async (method, fault) => {
    const store = openBucket();
    server.fail(fault, 1, method);
    expect(await store.upload("a.tif", size, read, { overwrite: true })).toBe(true);
    expect((await store.head("a.tif"))!.size).toBe(size);
  });

  test("a part that can't be read leaves nothing", async () => {
    const store = openBucket();
    const broken = async (offset: number, length: number) => {
      if (offset > 10 * 2 ** 20) throw new Error("the disk is gone");
      return read(offset, length);
    };
    await expect(store.upload("a.tif", size, broken, { overwrite: true })).rejects.toThrow(
      "the disk is gone",
    );
    expect(await store.head("a.tif")).toBeUndefined();
    expect(server.openUploads).toBe(0);
  });

  test("a lost answer to the last request is no failure", async () => {
    const store = openBucket();
    let posts = 0;
    const counting: typeof read = async (offset, length) => {
      // The first POST has been answered by the time that parts are read.
      if (posts++ === 0) server.fail({ kind: "commitThenReset" }, 1, "POST");
      return read(offset, length);
    };
    expect(await store.upload("a.tif", size, counting, { overwrite: false })).toBe(true);
    expect((await store.head("a.tif"))!.size).toBe(size);
  });
});

describe("faults", () => {
  test.each([
    { kind: "status", status: 503, code: "SlowDown" },
    { kind: "status", status: 500, code: "InternalError" },
    { kind: "reset" },
    { kind: "truncate" },
    { kind: "corrupt" },
  ] as const)("that pass are passed over in reading: $kind $status", async (fault) => {
    const store = openBucket();
    await store.put("k", bytesOf("0123456789"));
    server.fail(fault, 2);
    expect(await store.get("k")).toEqual(bytesOf("0123456789"));
  });

  test.each([{ kind: "truncate" }, { kind: "shortRange" }, { kind: "reset" }] as const)(
    "that pass are passed over in reading a range: $kind",
    async (fault) => {
      const store = openBucket();
      await store.put("k", bytesOf("0123456789"));
      server.fail(fault, 2);
      expect(await store.getRange("k", 2, 6)).toEqual(bytesOf("234567"));
    },
  );

  test.each([
    [{ kind: "status", status: 503, code: "SlowDown" }, "STORAGE_FAILED"],
    [{ kind: "reset" }, "STORAGE_FAILED"],
    [{ kind: "truncate" }, "STORAGE_FAILED"],
    [{ kind: "corrupt" }, "CHECKSUM_MISMATCH"],
  ] as const)("that stay end in a coded error: %o", async (fault, code) => {
    const store = openBucket();
    await store.put("folder/k", bytesOf("0123456789"));
    server.fail(fault, 3);
    await expect(store.get("folder/k")).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`${store.uri}/folder/k`),
      details: { key: "folder/k" },
    });
  });

  test("that stay end in a coded error in reading a range", async () => {
    const store = openBucket();
    await store.put("k", bytesOf("0123456789"));
    server.fail({ kind: "truncate" }, 3);
    await expect(store.getRange("k", 0, 8)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    server.fail({ kind: "shortRange" }, 3);
    await expect(store.getRange("k", 0, 8)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });

  test("are tried again in writing, deleting and listing", async () => {
    const store = openBucket();
    const slowDown = { kind: "status", status: 503, code: "SlowDown" } as const;
    server.fail(slowDown, 2);
    await store.put("k", bytesOf("x"));
    server.fail(slowDown, 2);
    expect(await keysOf(store)).toEqual(["k"]);
    server.fail(slowDown, 2);
    await store.delete("k");
    expect(await keysOf(store)).toEqual([]);
  });

  test("of the user are not tried again", async () => {
    const store = openBucket();
    server.fail({ kind: "status", status: 403, code: "AccessDenied" });
    await expect(store.get("k")).rejects.toMatchObject({ code: "ACCESS_DENIED", details: { status: 403 } });
    server.fail({ kind: "status", status: 403, code: "InvalidAccessKeyId" });
    await expect(store.put("k", bytesOf("x"))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("credentials"),
    });
    server.fail({ kind: "status", status: 400, code: "ExpiredToken" });
    await expect(store.get("k")).rejects.toMatchObject({
      code: "NO_CREDENTIALS",
      message: expect.stringContaining("expired"),
    });
  });

  test("name a bucket that isn't there", async () => {
    const store = new S3Store("no-such-bucket", "a.zarr", { connect: async () => connection, retry: QUICK });
    const missing = { code: "NOT_FOUND", message: expect.stringContaining("no-such-bucket") };
    await expect(store.get("k")).rejects.toMatchObject(missing);
    await expect(store.put("k", bytesOf("x"))).rejects.toMatchObject(missing);
    await expect(store.listDirectory("")).rejects.toMatchObject(missing);
  });

  test("don't hide that an abort ended a slow read", async () => {
    const store = openBucket();
    await store.put("k", bytesOf("x"));
    server.fail({ kind: "latency", ms: 5_000 });
    const aborting = new AbortController();
    const read = store.get("k", { signal: aborting.signal });
    await vi.waitFor(() => expect(server.pendingFaults).toBe(0));
    aborting.abort(new Error("stopped by the user"));
    await expect(read).rejects.toThrow("stopped by the user");
  });
});

describe("creating once", () => {
  test.each(["reset", "commitThenReset"] as const)("is sure of its own write after %s", async (kind) => {
    const store = openBucket();
    server.fail({ kind });
    expect(await store.putIfAbsent("claim", bytesOf("mine"))).toBe(true);
    expect(await store.putIfAbsent("claim", bytesOf("mine"))).toBe(false);
  });

  test("is sure of its own write when the SDK tried again", async () => {
    const using = await connect(3);
    const store = openBucket("", using);
    server.fail({ kind: "commitThenReset" });
    expect(await store.putIfAbsent("claim", bytesOf("mine"))).toBe(true);
    using.client.destroy();
  });

  test("isn't fooled by another's write of the same bytes", async () => {
    const store = openBucket();
    await store.putIfAbsent("claim", bytesOf("same"));
    server.fail({ kind: "reset" });
    expect(await store.putIfAbsent("claim", bytesOf("same"))).toBe(false);
  });

  test("tries again after a conflict", async () => {
    const store = openBucket();
    server.fail({ kind: "status", status: 409, code: "ConditionalRequestConflict" }, 2);
    expect(await store.putIfAbsent("claim", bytesOf("mine"))).toBe(true);
  });
});

describe("requests", () => {
  test("carry what they should", async () => {
    const store = openBucket();
    const { etag } = await store.put("a b/k+1", bytesOf("0123"), { contentType: "application/json" });
    expect(etag).toMatch(/^[0-9a-f]{32}$/);
    const put = server.requests.at(-1);
    expect(put).toMatchObject({ method: "PUT", key: "a b/k+1" });
    expect(put?.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": "4",
      "x-amz-checksum-crc32": expect.any(String),
    });
    await store.getRange("a b/k+1", -2, 2, { ifMatch: etag });
    expect(server.requests.at(-1)?.headers).toMatchObject({ range: "bytes=-2", "if-match": `"${etag}"` });
  });

  test("are bounded in number, yet all answered", async () => {
    const store = openBucket();
    await store.put("k", bytesOf("x"));
    server.fail({ kind: "latency", ms: 5 }, 500);
    const read = await Promise.all(Array.from({ length: 500 }, () => store.get("k")));
    expect(read.every((bytes) => bytes?.[0] === 120)).toBe(true);
    expect(server.mostAtOnce).toBeGreaterThan(1);
    expect(server.mostAtOnce).toBeLessThanOrEqual(64);
  });

  test("for ranges may be answered with the whole object", async () => {
    const plain = await new FakeS3({ ranges: false }).start();
    plain.createBucket("plain").set("k", { bytes: Buffer.from("0123456789"), etag: '"e"', headers: {} });
    const own = await newConnection({
      endpoint: plain.endpoint,
      forcePathStyle: true,
      region: "us-east-1",
      credentials,
    });
    const store = new S3Store("plain", "", { connect: async () => own, retry: QUICK });
    expect(await store.getRange("k", 2, 3)).toEqual(bytesOf("234"));
    expect(await store.getRange("k", -4, 2)).toEqual(bytesOf("67"));
    own.client.destroy();
    await plain.stop();
  });

  test("leave out what is no key in listings", async () => {
    const store = openBucket("p");
    const bucket = server.createBucket(store.uri.split("/")[2]!);
    const held = { bytes: Buffer.from("x"), etag: '"e"', headers: {} };
    for (const key of ["p/", "p/a/", "p/a//b", "p/a/k", "p/../k", "q/k"]) bucket.set(key, held);
    expect(await keysOf(store)).toEqual(["a/k"]);
    expect(await store.listDirectory("")).toEqual(["a/"]);
    expect(await store.listDirectory("a/")).toEqual(["k"]);
  });
});

describe("connecting", () => {
  test("honours AWS_ENDPOINT_URL, path style, without a region, once a process", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    server.createBucket("from-env");
    const store = new S3Store("from-env");
    await store.put("k", bytesOf("x"));
    expect(await store.get("k")).toEqual(bytesOf("x"));
    expect(await connectS3()).toBe(await connectS3());
  });

  test("says that there are no credentials", async () => {
    const none = await newConnection({
      endpoint: server.endpoint,
      forcePathStyle: true,
      region: "us-east-1",
      credentials: async () => {
        throw Object.assign(new Error("Could not load credentials from any providers"), {
          name: "CredentialsProviderError",
        });
      },
    });
    const store = openBucket("", none);
    await expect(store.get("k")).rejects.toMatchObject({
      code: "NO_CREDENTIALS",
      hint: expect.stringContaining("AWS_PROFILE"),
    });
  });

  test("says that nobody answers", async () => {
    const nobody = await newConnection({
      endpoint: "http://127.0.0.1:9",
      forcePathStyle: true,
      region: "us-east-1",
      credentials,
      maxAttempts: 1,
    });
    await expect(openBucket("", nobody).get("k")).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
      hint: expect.stringContaining("AWS_ENDPOINT_URL"),
    });
  });
});
