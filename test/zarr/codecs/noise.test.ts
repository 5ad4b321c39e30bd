import { expect, it } from "vitest";
import { isNoisy } from "../../../shared/zarr/codecs/noise.ts";
import { randomOf } from "../../support/sample-data.ts";

/** Bytes of `values` values that are equally likely. */
function drawn(values: number, length = 50_000): Uint8Array {
  const random = randomOf(values);
  return Uint8Array.from({ length }, () => Math.floor(random() * values));
}

it("takes for noise what an entropy coder would hardly shorten", () => {
  expect([256, 220, 150, 100, 2, 1].map((values) => isNoisy(drawn(values)))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it("looks all over a stream, and at streams that are worth it alone", () => {
  const half = drawn(256);
  half.fill(0, 25_000);
  expect(isNoisy(half)).toBe(false);
  expect(isNoisy(drawn(256, 1000))).toBe(false);
});
