import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dimensionOf, parseLength, toUnit, unitName } from "../../../shared/formats/ngff/units.ts";

describe("unitName", () => {
  test.each([
    ["µm", "micrometer"],
    ["μm", "micrometer"],
    ["um", "micrometer"],
    ["micron", "micrometer"],
    ["Micrometers", "micrometer"],
    ["micrometre", "micrometer"],
    ["nm", "nanometer"],
    ["mm", "millimeter"],
    ["Mm", "megameter"],
    ["m", "meter"],
    ["Å", "angstrom"],
    ["\u212b", "angstrom"],
    ["in", "inch"],
    ["inches", "inch"],
    ["ft", "foot"],
    ["s", "second"],
    ["seconds", "second"],
    ["ms", "millisecond"],
    ["Ms", "megasecond"],
    ["µs", "microsecond"],
    ["min", "minute"],
    ["h", "hour"],
    ["d", "day"],
  ])("knows %s", (text, name) => {
    expect(unitName(text)).toBe(name);
    expect(unitName(name)).toBe(name);
  });

  test.each(["pixel", "reference frame", "", "furlong", "s m", "K", "toString"])(
    "doesn't know %j",
    (text) => {
      expect(unitName(text)).toBeUndefined();
      expect(dimensionOf(text)).toBeUndefined();
    },
  );

  test("knows every unit that NGFF and OME-XML list", () => {
    const prefixes = [
      "yotta",
      "zetta",
      "exa",
      "peta",
      "tera",
      "giga",
      "mega",
      "kilo",
      "hecto",
      "",
      "deci",
      "centi",
    ];
    prefixes.push("milli", "micro", "nano", "pico", "femto", "atto", "zepto", "yocto");
    for (const prefix of prefixes) {
      expect(unitName(`${prefix}meter`)).toBe(`${prefix}meter`);
      expect(unitName(`${prefix}second`)).toBe(`${prefix}second`);
    }
    for (const name of ["angstrom", "foot", "inch", "mile", "parsec", "yard"])
      expect(dimensionOf(name)).toBe("length");
    for (const name of ["minute", "hour", "day"]) expect(dimensionOf(name)).toBe("time");
    const lengths =
      "Ym Zm Em Pm Tm Gm Mm km hm dam m dm cm mm µm nm pm fm am zm ym Å thou li in ft yd mi ua ly pc pt";
    for (const symbol of lengths.split(" "))
      expect([symbol, dimensionOf(symbol)]).toEqual([symbol, "length"]);
    const times = "Ys Zs Es Ps Ts Gs Ms ks hs das s ds cs ms µs ns ps fs as zs ys min h d";
    for (const symbol of times.split(" ")) expect([symbol, dimensionOf(symbol)]).toEqual([symbol, "time"]);
  });
});

describe("toUnit", () => {
  test.each([
    [0.5, "um", "nanometer", 500],
    [500, "nm", "µm", 0.5],
    [0.1, "mm", "um", 100],
    [1, "in", "cm", 2.54],
    [3, "ft", "yd", 1],
    [72, "pt", "in", 1],
    [12, "li", "in", 1],
    [1000, "thou", "in", 1],
    [1.5, "min", "s", 90],
    [1, "d", "h", 24],
  ])("%d %s in %s", (value, from, to, expected) => {
    expect(toUnit(value, from, to)).toBeCloseTo(expected, 12);
  });

  test("is exact between powers of ten", () => {
    expect([toUnit(0.5, "um", "nm"), toUnit(65, "nm", "um"), toUnit(0.1, "mm", "um")]).toEqual([
      500, 0.065, 100,
    ]);
  });

  test("turns back", () => {
    const unit = fc.constantFrom("nm", "um", "mm", "m", "in", "ft", "Å", "ly");
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), unit, unit, (value, a, b) => {
        expect(Math.abs(toUnit(toUnit(value, a, b), b, a) / value - 1)).toBeLessThan(1e-14);
      }),
    );
  });

  test.each([
    ["um", "s"],
    ["um", "pixel"],
    ["", "um"],
  ])("refuses %j to %j", (from, to) => {
    expect(() => toUnit(1, from, to)).toThrow(expect.objectContaining({ code: "INVALID_ARGS" }));
  });
});

describe("parseLength", () => {
  test.each([
    ["0.5 um", 0.5, "micrometer"],
    ["500nm", 500, "nanometer"],
    [" 1e-3  mm ", 1e-3, "millimeter"],
    ["-.5µm", -0.5, "micrometer"],
    ["2. micrometers", 2, "micrometer"],
    ["1e3 m", 1000, "meter"],
  ])("reads %j", (text, value, unit) => {
    expect(parseLength(text)).toEqual({ value, unit });
  });

  test.each(["", "5", "um", "5 s", "5 pixel", "1,5 um", "1e999 um", "5 um 6", "NaN um", "0x10 um"])(
    "refuses %j",
    (text) => {
      expect(() => parseLength(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGS" }));
    },
  );
});
