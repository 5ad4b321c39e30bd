import { LamellaError } from "../../errors.ts";

interface Unit {
  readonly name: string;
  readonly dimension: "length" | "time";
  /** In metres or seconds: factor x 10^exponent, apart so that powers of ten convert exactly. */
  readonly factor: number;
  readonly exponent: number;
}

const PREFIXES: readonly (readonly [symbol: string, name: string, exponent: number])[] = [
  ["Y", "yotta", 24],
  ["Z", "zetta", 21],
  ["E", "exa", 18],
  ["P", "peta", 15],
  ["T", "tera", 12],
  ["G", "giga", 9],
  ["M", "mega", 6],
  ["k", "kilo", 3],
  ["h", "hecto", 2],
  ["da", "deka", 1],
  ["", "", 0],
  ["d", "deci", -1],
  ["c", "centi", -2],
  ["m", "milli", -3],
  ["u", "micro", -6],
  ["n", "nano", -9],
  ["p", "pico", -12],
  ["f", "femto", -15],
  ["a", "atto", -18],
  ["z", "zepto", -21],
  ["y", "yocto", -24],
];

/** Names as NGFF lists them where it does, else UDUNITS's; with the symbols of OME-XML's UnitsLength and UnitsTime. */
const OTHERS: readonly (readonly [
  symbols: readonly string[],
  name: string,
  Unit["dimension"],
  factor: number,
  exponent: number,
])[] = [
  [["Å", "Å", "A", "Angstrom"], "angstrom", "length", 1, -10],
  [["micron", "microns"], "micrometer", "length", 1, -6],
  [["in", "inches"], "inch", "length", 254, -4],
  [["ft", "feet"], "foot", "length", 3048, -4],
  [["yd"], "yard", "length", 9144, -4],
  [["mi"], "mile", "length", 1609344, -3],
  [["thou"], "mil", "length", 254, -7],
  [["li"], "line", "length", 254 / 12, -4],
  [["pt"], "point", "length", 254 / 72, -4],
  [["ua", "au"], "astronomical_unit", "length", 149597870700, 0],
  [["ly"], "light_year", "length", 9460730472580800, 0],
  [["pc"], "parsec", "length", 3.085677581491367, 16],
  [["sec", "secs"], "second", "time", 1, 0],
  [["msec", "msecs"], "millisecond", "time", 1, -3],
  [["min", "mins"], "minute", "time", 60, 0],
  [["h", "hr", "hrs"], "hour", "time", 3600, 0],
  [["d"], "day", "time", 86400, 0],
];

const UNITS = buildUnits();

/**
 * The name that OME-NGFF uses for a unit (UDUNITS-2: "micrometer", "second"), from a symbol of OME-XML ("µm"),
 * the plain form of one ("um"), or a name in the singular or plural, British or American. Undefined for
 * what is no length or time, such as OME-XML's "pixel" and "reference frame".
 */
export function unitName(text: string): string | undefined {
  return unitOf(text)?.name;
}

/** Whether a unit measures length or time; undefined where it is unknown. */
export function dimensionOf(unit: string): "length" | "time" | undefined {
  return unitOf(unit)?.dimension;
}

/** A value in another unit of the same dimension; exact between powers of ten. Throws INVALID_ARGS. */
export function toUnit(value: number, from: string, to: string): number {
  const [source, target] = [unitOf(from), unitOf(to)];
  if (source === undefined || target === undefined || source.dimension !== target.dimension) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${JSON.stringify(from)} can't be converted to ${JSON.stringify(to)}`,
      {
        hint: 'Give a length in "nm", "um", "mm" or the like where the axis is in a length.',
        details: { from, to },
      },
    );
  }
  const scaled = source.factor === target.factor ? value : (value * source.factor) / target.factor;
  const exponent = source.exponent - target.exponent;
  return exponent < 0 ? scaled / 10 ** -exponent : scaled * 10 ** exponent;
}

/** A length such as "0.5 um", "500nm" or "1e-3 mm", its unit by NGFF's name. Throws INVALID_ARGS. */
export function parseLength(text: string): { value: number; unit: string } {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([^\d\s.+-].*?)\s*$/i.exec(text);
  const unit = unitOf(match?.[2] ?? "");
  const value = Number(match?.[1]);
  if (unit?.dimension === "length" && Number.isFinite(value)) return { value, unit: unit.name };
  throw new LamellaError("INVALID_ARGS", `${JSON.stringify(text)} is no length`, {
    hint: 'Write a number and a unit, as in "0.5 um", or a bare number of pixels.',
    details: { text },
  });
}

function unitOf(text: string): Unit | undefined {
  // The micro sign and the Greek letter look the same, as do the two forms of Å.
  const plain = text.trim().normalize("NFC").replace(/^[µμ]/u, "u");
  return (
    UNITS.get(plain) ??
    UNITS.get(
      plain
        .toLowerCase()
        .replace(/metre/, "meter")
        .replace(/(?<=.)s$/, ""),
    )
  );
}

function buildUnits(): Map<string, Unit> {
  const units = new Map<string, Unit>();
  for (const [symbol, prefix, exponent] of PREFIXES) {
    for (const [base, dimension] of [
      ["meter", "length"],
      ["second", "time"],
    ] as const) {
      const unit: Unit = { name: prefix + base, dimension, factor: 1, exponent };
      units.set(unit.name, unit).set(symbol + base.charAt(0), unit);
    }
  }
  for (const [symbols, name, dimension, factor, exponent] of OTHERS) {
    const unit: Unit = units.get(name) ?? { name, dimension, factor, exponent };
    for (const key of [name, ...symbols]) units.set(key, unit);
  }
  return units;
}
