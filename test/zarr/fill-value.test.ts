import { describe, expect, it } from "vitest";
import type { DType } from "../../shared/block/dtype.ts";
import { fillBytes, fillToJson, parseFillValue } from "../../shared/zarr/fill-value.ts";

describe("parseFillValue", () => {
  it.each<[unknown, DType, number | bigint | undefined]>([
    [null, "float32", 0],
    [null, "int64", 0n],
    [true, "bool", 1],
    [0, "bool", 0],
    [2, "bool", undefined],
    [true, "uint8", undefined],
    [255, "uint8", 255],
    [256, "uint8", undefined],
    [-1, "uint8", undefined],
    [-128, "int8", -128],
    [7.0, "int32", 7],
    [7.5, "int32", undefined],
    ["18446744073709551615", "uint64", 18446744073709551615n],
    [18446744073709551615n, "uint64", 18446744073709551615n],
    [5, "int64", 5n],
    ["NaN", "float16", Number.NaN],
    ["-Infinity", "float64", Number.NEGATIVE_INFINITY],
    ["NaN", "int32", undefined],
    [0.1, "float32", Math.fround(0.1)],
    ["0x7fc00000", "float32", Number.NaN],
    ["0x3f800000", "float32", 1],
    ["0x3c00", "float16", 1],
    ["0x7fc0", "float32", undefined],
    ["AACAPw==", "float32", 1],
    ["AQA=", "uint16", 1],
    ["", "float32", undefined],
    [{}, "float32", undefined],
  ])("%s as %s", (raw, dtype, expected) => {
    expect(parseFillValue(raw, dtype)).toBe(expected);
  });
});

describe("fillBytes", () => {
  it("has the canonical NaN and keeps the sign of zero", () => {
    expect([...fillBytes(Number.NaN, "float32")]).toEqual([0, 0, 0xc0, 0x7f]);
    expect([...fillBytes(-0, "float16")]).toEqual([0, 0x80]);
    expect([...fillBytes(-2n, "int64")]).toEqual([254, 255, 255, 255, 255, 255, 255, 255]);
  });
});

describe("fillToJson", () => {
  it("writes what parseFillValue reads", () => {
    expect(fillToJson(1, "bool")).toBe(true);
    expect(fillToJson(Number.NaN, "float32")).toBe("NaN");
    expect(fillToJson(Number.NEGATIVE_INFINITY, "float32")).toBe("-Infinity");
    expect(fillToJson(2n ** 64n - 1n, "uint64")).toBe(2n ** 64n - 1n);
  });
});
