import { beforeEach, describe, expect, it } from "vitest";
import { type IngestAnswer, ingestUpload } from "../../../../shared/engine/aws/upload/ingest.ts";
import { reportEnd, reportProgress, type UploadStatus } from "../../../../shared/engine/aws/upload/status.ts";
import type { RunRequest } from "../../../../shared/engine/protocol.ts";
import { LamellaError } from "../../../../shared/errors.ts";
import { MemoryStore } from "../../../../shared/storage/memory.ts";

let data: MemoryStore;
let control: MemoryStore;
let started: { runId: string; request: RunRequest }[];

beforeEach(() => {
  data = new MemoryStore();
  control = new MemoryStore();
  started = [];
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const start = async (runId: string, request: RunRequest): Promise<void> => {
  started.push({ runId, request });
};

function ingest(key: string, sequencer = "01", time = "2026-03-01T10:00:00Z"): Promise<IngestAnswer> {
  const detail = { bucket: { name: "data" }, object: { key, etag: "e1", sequencer } };
  return ingestUpload({ time, detail }, { data, control, start });
}

async function status(name: string): Promise<UploadStatus | undefined> {
  const bytes = await data.get(`converted/${name}.status.json`);
  return bytes && JSON.parse(Buffer.from(bytes).toString());
}

describe("ingesting an upload", () => {
  it("starts one conversion, and says that it is queued", async () => {
    const answer = await ingest("incoming/a.ome.tif");
    expect(started).toEqual([
      {
        runId: (answer as { runId: string }).runId,
        request: {
          convert: { src: "s3://data/incoming/a.ome.tif", dst: "s3://data/converted/a.ome.zarr" },
          options: { runId: started[0]!.runId, overwrite: false },
        },
      },
    ]);
    expect(await status("a")).toMatchObject({ status: "queued", runId: started[0]!.runId, etag: "e1" });
  });

  it("starts the same run for the same event, however often it comes, and leaves its status alone", async () => {
    await ingest("incoming/a.tif");
    await reportEnd({ data, control }, started[0]!.runId, undefined);
    // a repeated delivery may even bear another time
    await ingest("incoming/a.tif", "01", "2026-03-01T10:00:01Z");
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
    expect((await status("a"))?.status).toBe("succeeded");
  });

  it("gives twenty deliveries at one time one run", async () => {
    await Promise.all(Array.from({ length: 20 }, () => ingest("incoming/a.tif")));
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
  });

  it("starts another run for another upload of the key, even of the same bytes", async () => {
    await ingest("incoming/a.tif", "01");
    await ingest("incoming/a.tif", "02", "2026-03-01T10:05:00Z");
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(2);
  });

  it("ignores what is no image, and what a later upload has overtaken", async () => {
    expect(await ingest("incoming/notes.txt")).toEqual({ ignored: "incoming/notes.txt" });
    await ingest("incoming/a.tif", "02", "2026-03-01T10:05:00Z");
    expect(await ingest("incoming/a.tif", "01")).toEqual({ ignored: "incoming/a.tif" });
    expect(started).toHaveLength(1);
  });

  it("passes the options of the file beside the image", async () => {
    await data.put("incoming/a.lamella.yaml", text("levels: 2\nchunks: [1, 64, 64]\n"));
    await ingest("incoming/a.tif");
    expect(started[0]!.request).toMatchObject({ convert: { levels: 2, chunks: [1, 64, 64] } });
  });

  it.each([
    ["dst: s3://elsewhere/x", "INVALID_PIPELINE"],
    ["[1, 2]", "INVALID_PIPELINE"],
    ["levels: 'two", "INVALID_PIPELINE"],
    [`a: &a [x, x]\nb: [${Array(30).fill("*a")}]`, "INVALID_PIPELINE"],
    [`x: ${"y".repeat(70_000)}`, "INVALID_PIPELINE"],
  ])("refuses the options %j in the status, and starts nothing", async (options, code) => {
    await data.put("incoming/a.lamella.yaml", text(options));
    expect(await ingest("incoming/a.tif")).toMatchObject({ refused: code });
    expect(started).toEqual([]);
    expect(await status("a")).toMatchObject({ status: "failed", error: { code } });
  });

  it("refuses a name that no URI can hold", async () => {
    expect(await ingest("incoming/a#1.tif")).toMatchObject({ refused: "UNSUPPORTED_URI" });
  });

  it("throws what another delivery may mend", async () => {
    const broken = { data, control, start: () => Promise.reject(new LamellaError("STORAGE_FAILED", "503")) };
    const detail = { bucket: { name: "data" }, object: { key: "incoming/a.tif", sequencer: "01" } };
    const event = { time: "2026-03-01T10:00:00Z", detail };
    await expect(ingestUpload(event, broken)).rejects.toThrow("503");
    await ingestUpload(event, { data, control, start });
    expect(started).toHaveLength(1);
  });
});

describe("an object whose name is no image's", () => {
  const told = async (key: string, bytes: Uint8Array) => {
    await data.put(key, bytes);
    expect(await ingest(key)).toEqual({ ignored: key });
    expect(started).toEqual([]);
    return status(key.slice("incoming/".length));
  };

  it.each([
    ["cells.tif.gz", [0x1f, 0x8b, 8], /like gzip/, /^Unpack it first\. .*\.ome\.tif/],
    ["lab/plate.zip", [0x50, 0x4b, 3, 4], /like a zip archive/, /^Unpack it first\. .*\.zarr\.zip/],
    ["cells.nd2", [0xda, 0xce, 0xbe, 0x0a], /like Nikon ND2/, /^Let Bio-Formats read it/],
    ["cells.dat", [0x49, 0x49, 42, 0], /like TIFF/, /^Upload it with the suffix of its format/],
    ["cells", [1, 2, 3], /no known format/, /^Images are known by their names/],
    ["cells.lamella.yml", [0x6c], /no known format/, /NAME\.lamella\.yaml/],
    ["empty.raw", [], /no known format/, /^Images are known by their names/],
  ])("%s gets a status that says what is wrong", async (name, bytes, message, hint) => {
    expect(await told(`incoming/${name}`, new Uint8Array(bytes))).toEqual({
      status: "failed",
      source: `s3://data/incoming/${name}`,
      etag: "e1",
      updatedAt: expect.any(String),
      error: {
        code: "UNKNOWN_FORMAT",
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
        details: { key: `incoming/${name}` },
      },
    });
  });

  it.each([
    "incoming/notes.txt",
    "incoming/a.lamella.yaml",
    "incoming/a.companion.ome",
    "incoming/.DS_Store",
    "incoming/plate.zarr/0/c/0/1",
    "incoming/plate.n5/attributes.json",
    "incoming/flat/0/0.0.1",
    "incoming/flat/zarr.json",
  ])("%s gets none: it lies beside images, or in a store", async (key) => {
    expect(await told(key, new Uint8Array(3))).toBeUndefined();
    expect(await data.listDirectory("")).toEqual(["incoming/"]);
  });

  it("leaves the status of an upload alone that has a run", async () => {
    await ingest("incoming/cells.dat.tif");
    await data.put("incoming/cells.dat", text("x"));
    await ingest("incoming/cells.dat");
    expect(await status("cells.dat")).toMatchObject({ status: "queued", runId: started[0]!.runId });
  });

  it("that is gone already gets none", async () => {
    expect(await ingest("incoming/cells.gz")).toEqual({ ignored: "incoming/cells.gz" });
    expect(await data.listDirectory("")).toEqual([]);
  });
});

describe("an output that is there already", () => {
  const overwrite = (): unknown =>
    (started.at(-1)!.request as { options: { overwrite: boolean } }).options.overwrite;
  const provenance = (uri: string): string =>
    JSON.stringify({ attributes: { lamella: { inputs: [{ uri, etag: "x" }] } } });

  it("is replaced where its provenance names this key", async () => {
    await data.put("converted/a.ome.zarr/zarr.json", text(provenance("s3://data/incoming/a.tif")));
    await ingest("incoming/a.tif");
    expect(overwrite()).toBe(true);
  });

  it("is replaced where its provenance in Zarr v2 names this key", async () => {
    const { attributes } = JSON.parse(provenance("s3://data/incoming/a.tif"));
    await data.put("converted/a.ome.zarr/.zattrs", text(JSON.stringify(attributes)));
    await ingest("incoming/a.tif");
    expect(overwrite()).toBe(true);
  });

  it("is replaced where an earlier upload of this key has begun it", async () => {
    await ingest("incoming/a.tif", "01");
    const claim = JSON.stringify({ runId: started[0]!.runId });
    await data.put("converted/a.ome.zarr/.lamella-claim.json", text(claim));
    await ingest("incoming/a.tif", "02", "2026-03-01T10:05:00Z");
    expect(overwrite()).toBe(true);
  });

  it.each([
    ["converted/a.ome.zarr/zarr.json", provenance("s3://data/incoming/a.ome.tif")],
    ["converted/a.ome.zarr/zarr.json", "{}"],
    ["converted/a.ome.zarr/zarr.json", "not JSON"],
    ["converted/a.ome.zarr/notes.txt", "mine"],
    ["converted/a.ome.zarr/.lamella-claim.json", '{"runId":"somebodys-run"}'],
  ])("is left alone otherwise: %s %s", async (key, content) => {
    await data.put(key, text(content));
    expect(await ingest("incoming/a.tif")).toMatchObject({ refused: "OUTPUT_EXISTS" });
    expect(Buffer.from((await data.get(key))!).toString()).toBe(content);
  });
});

describe("the status of an upload", () => {
  it("tells the stage at work, then the end", async () => {
    await ingest("incoming/a.tif");
    const { runId } = started[0]!;
    await reportProgress({ data, control }, { runId, done: false, stage: 1, name: "pyramid", batches: 7 });
    expect(await status("a")).toMatchObject({
      status: "running",
      stage: { index: 1, name: "pyramid", batches: 7 },
    });
    await reportEnd(
      { data, control },
      runId,
      new LamellaError("CHUNK_DECODE", "damaged", { hint: "Copy it." }),
    );
    expect(await status("a")).toMatchObject({
      status: "failed",
      error: { code: "CHUNK_DECODE", message: "damaged", hint: "Copy it." },
    });
  });

  it("of an overtaken upload is not written over that of the later one", async () => {
    await ingest("incoming/a.tif", "01");
    await ingest("incoming/a.tif", "02", "2026-03-01T10:05:00Z");
    await reportEnd({ data, control }, started[0]!.runId, new LamellaError("CANCELLED", "taken over"));
    expect(await status("a")).toMatchObject({ status: "queued", runId: started[1]!.runId });
  });

  it("is not written for a run that no upload started", async () => {
    await reportEnd({ data, control }, "01abc", undefined);
    expect(await data.listDirectory("")).toEqual([]);
  });
});
