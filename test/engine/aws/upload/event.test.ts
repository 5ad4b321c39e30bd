import { describe, expect, it } from "vitest";
import { uploadEvents } from "../../../../shared/engine/aws/upload/event.ts";

const event = {
  version: "0",
  time: "2026-11-27T12:00:00Z",
  detail: {
    bucket: { name: "data" },
    object: { key: "incoming/a b.tif", size: 3, etag: "e", sequencer: "1" },
  },
};

describe("what invokes ingest", () => {
  it("is an event, or messages that hold events which were given up", () => {
    const [plain] = uploadEvents.parse(event);
    expect(plain?.detail.object.key).toBe("incoming/a b.tif");
    const again = uploadEvents.parse({ Records: [{ messageId: "1", body: JSON.stringify(event) }] });
    expect(again).toEqual([plain]);
  });

  it.each(["no json", "{}", JSON.stringify({ Records: [] })])("refuses a message that holds %s", (body) => {
    expect(uploadEvents.safeParse({ Records: [{ body }] }).success).toBe(false);
  });
});
