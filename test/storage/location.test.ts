import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSafeKey } from "../../shared/storage/key.ts";
import { formatUri, joinUri, parseUri, relativeTo } from "../../shared/storage/location.ts";

describe("parseUri", () => {
  test.each([
    ["/data/a.zarr", { scheme: "file", path: "/data/a.zarr" }],
    ["/data/a.zarr/", { scheme: "file", path: "/data/a.zarr" }],
    ["a.zarr", { scheme: "file", path: "/base/a.zarr" }],
    ["./x/../a.zarr#0/0", { scheme: "file", path: "/base/a.zarr", component: "0/0" }],
    ["../a b%20.tif", { scheme: "file", path: "/a b%20.tif" }],
    ["a.zarr#", { scheme: "file", path: "/base/a.zarr" }],
    ["a:b.zarr", { scheme: "file", path: "/base/a:b.zarr" }],
    [
      "file:///data/a%23b%20c.zarr#labels/x%20y",
      { scheme: "file", path: "/data/a#b c.zarr", component: "labels/x y" },
    ],
    ["file:/data/a.zarr/", { scheme: "file", path: "/data/a.zarr" }],
    ["file://localhost/data", { scheme: "file", path: "/data" }],
    ["s3://bucket", { scheme: "s3", bucket: "bucket", key: "" }],
    ["s3://bucket/", { scheme: "s3", bucket: "bucket", key: "" }],
    [
      "s3://my.bucket-1/a b%20/c.zarr/#/0/",
      { scheme: "s3", bucket: "my.bucket-1", key: "a b%20/c.zarr", component: "0" },
    ],
    ["S3://bucket/k", { scheme: "s3", bucket: "bucket", key: "k" }],
    ["https://h.org/a.zarr/", { scheme: "https", url: "https://h.org/a.zarr" }],
    [
      "http://h.org:81/a/?sig=x%2F#0%2F1",
      { scheme: "http", url: "http://h.org:81/a?sig=x%2F", component: "0/1" },
    ],
    ["https://h.org", { scheme: "https", url: "https://h.org" }],
  ])("reads %s", (text, expected) => {
    expect(parseUri(text, "/base")).toEqual(expected);
  });

  test.each([
    ["a.tif", "s3://b/pipelines", "s3://b/pipelines/a.tif"],
    ["../data/a.zarr#0", "s3://b/pipelines", "s3://b/data/a.zarr#0"],
    ["..", "s3://b/pipelines", "s3://b"],
    ["../x y.tif", "https://h.org/p/q?sig=1", "https://h.org/p/x%20y.tif?sig=1"],
    ["a.tif", "file:///data/x%20y", "file:///data/x%20y/a.tif"],
    ["/abs.tif", "s3://b/pipelines", "file:///abs.tif"],
    ["s3://c/k", "/base", "s3://c/k"],
  ])("reads %s relative to %s", (text, base, expected) => {
    expect(formatUri(parseUri(text, base))).toBe(expected);
  });

  test("takes a path that exists as it is written, # and all", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "lamella #1-"));
    try {
      await mkdir(path.join(folder, "a#b.zarr"));
      for (const base of [folder, pathToFileURL(folder).href]) {
        expect(parseUri("a#b.zarr", base)).toEqual({ scheme: "file", path: `${folder}/a#b.zarr` });
        expect(parseUri("a#b.zarr#0/1", base)).toMatchObject({
          path: `${folder}/a#b.zarr`,
          component: "0/1",
        });
        expect(parseUri(`${folder}/a#b.zarr#0`, base)).toMatchObject({
          path: `${folder}/a#b.zarr`,
          component: "0",
        });
        expect(parseUri("a#c.zarr", base)).toMatchObject({ path: `${folder}/a`, component: "c.zarr" });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("takes the current folder as base", () => {
    expect(parseUri("a.zarr")).toEqual({ scheme: "file", path: `${process.cwd()}/a.zarr` });
  });

  test.each([
    ["gs://bucket/a.zarr", "gs://"],
    ["zip:///a.zip", "zip://"],
    ["s3://", "bucket"],
    ["s3:///key", "bucket"],
    ["s3://buck et/key", "bucket"],
    ["", "no place"],
    ["#0", "no place"],
    ["a\0b", "NUL"],
    ["file://server/share", "another computer"],
    ["file:///a?b", "query"],
    ["file:///a%2Fb", "encoded /"],
    ["file:///a#%zz", "%"],
    ["https://me:secret@h.org/a", "password"],
    ["https://", "valid"],
    ["../../x", "leads out", "s3://b/p"],
  ])("refuses %j", (text, problem, base = "/base") => {
    const parse = () => parseUri(text, base);
    expect(parse).toThrow(expect.objectContaining({ code: "UNSUPPORTED_URI" }));
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow("secret");
  });

  test("names the known schemes", () => {
    expect(() => parseUri("gs://b/k")).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/file:\/\/.*s3:\/\/.*https:\/\//) }),
    );
  });

  test.each(["s3://bucket/a//b", "s3://bucket/../b", "a.zarr#../x", "https://h.org/a#x//y"])(
    "refuses the unsafe %s",
    (text) => {
      expect(() => parseUri(text)).toThrow(expect.objectContaining({ code: "UNSAFE_KEY" }));
    },
  );
});

const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((text) => isSafeKey(text) && !/[/#]/.test(text));
const names = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

describe("formatUri", () => {
  test("is read back as the same place", () => {
    const component = fc.option(names, { nil: undefined });
    const location = fc.oneof(
      fc.record({ scheme: fc.constant("file" as const), path: names.map((text) => `/${text}`) }),
      fc.record({ scheme: fc.constant("s3" as const), bucket: fc.constant("bucket"), key: names }),
      fc.record({
        scheme: fc.constant("https" as const),
        url: names.map((text) => new URL(`https://h.org/${encodeURIComponent(text)}`).href),
      }),
    );
    fc.assert(
      fc.property(location, component, (place, part) => {
        const whole = part === undefined ? place : { ...place, component: part };
        expect(parseUri(formatUri(whole))).toEqual(whole);
      }),
    );
  });
});

describe("joinUri and relativeTo", () => {
  test.each([
    ["s3://b/a.zarr", "labels/x", "s3://b/a.zarr/labels/x"],
    ["s3://b", "k", "s3://b/k"],
    ["s3://b/a.zarr#0/0", "zarr.json", "s3://b/a.zarr/0/0/zarr.json"],
    ["/data/a.zarr/", "0/zarr.json", "file:///data/a.zarr/0/zarr.json"],
    ["/", "a", "file:///a"],
    ["https://h.org/a.zarr?sig=1", "x y/#", "https://h.org/a.zarr/x%20y/%23?sig=1"],
    ["https://h.org", "k", "https://h.org/k"],
  ])("join %s and %s, and part them", (base, key, joined) => {
    expect(joinUri(base, key)).toBe(joined);
    expect(relativeTo(base, joined)).toBe(key);
    expect(relativeTo(joined, base)).toBeUndefined();
    expect(relativeTo(base, base)).toBe("");
  });

  test("refuse what climbs out", () => {
    expect(() => joinUri("s3://b/a.zarr", "../b.zarr")).toThrow(
      expect.objectContaining({ code: "UNSAFE_KEY" }),
    );
    expect(relativeTo("s3://b/a", "s3://b/ab")).toBeUndefined();
    expect(relativeTo("s3://b/a", "s3://c/a/k")).toBeUndefined();
    expect(relativeTo("/a", "s3://a/k")).toBeUndefined();
  });
});
