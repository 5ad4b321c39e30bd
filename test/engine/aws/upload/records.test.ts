import { expect, it } from "vitest";
import { conversionOf } from "../../../../shared/engine/aws/upload/conversion.ts";
import {
  claimUpload,
  latestUpload,
  type UploadRecord,
} from "../../../../shared/engine/aws/upload/records.ts";
import { isOvertaken, writeStatus } from "../../../../shared/engine/aws/upload/status.ts";
import { MemoryStore } from "../../../../shared/storage/memory.ts";

const control = new MemoryStore();
const data = new MemoryStore();

/** The record of an upload, as its event makes it. */
async function upload(key: string, sequencer: string, time = "2026-03-01T10:00:00Z"): Promise<UploadRecord> {
  const detail = { bucket: { name: "data" }, object: { key, etag: "e", sequencer } };
  return (await claimUpload(control, { time, detail }, conversionOf(key)!)).record;
}

it("the latest of a key's uploads is that of the last sequencer, in whatever order events come", async () => {
  const late = await upload("incoming/a.tif", "0062E99A88DC407460B0");
  const early = await upload("incoming/a.tif", "0062E99A88DC407460A1", "2026-03-01T10:00:09Z");
  const other = await upload("incoming/b.tif", "FF");
  expect((await latestUpload(control, early)).runId).toBe(late.runId);
  expect((await latestUpload(control, late)).runId).toBe(late.runId);
  expect((await latestUpload(control, other)).runId).toBe(other.runId);
});

it("the status of a later upload of the same second is not written over", async () => {
  const late = await upload("incoming/c.tif", "02");
  const early = await upload("incoming/c.tif", "01");
  const stores = { control, data };
  await writeStatus(stores, late, { status: "running" });
  expect(await isOvertaken(stores, early)).toBe(true);
  expect(await isOvertaken(stores, late)).toBe(false);
  await writeStatus(stores, early, { status: "failed" });
  const kept = JSON.parse(String(Buffer.from((await data.get("converted/c.status.json"))!)));
  expect(kept).toMatchObject({ status: "running", runId: late.runId });
  await writeStatus(stores, late, { status: "succeeded" });
  expect(String(Buffer.from((await data.get("converted/c.status.json"))!))).toContain("succeeded");
});
