import { expect, it } from "vitest";
import { release } from "../../shared/block/release.ts";

it("detaches a buffer of its own", () => {
  const bytes = new Uint8Array(1 << 20);
  release(bytes);
  expect(bytes.byteLength).toBe(0);
});

it("leaves alone what may lie in Node's pool, and shared memory", () => {
  const pooled = Buffer.from("abc");
  release(pooled);
  expect(pooled.toString()).toBe("abc");
  const shared = new Uint8Array(new SharedArrayBuffer(1 << 20));
  release(shared);
  expect(shared.byteLength).toBe(1 << 20);
  release(undefined);
});
