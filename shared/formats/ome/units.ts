/** Units of OME-XML (UnitsLength, UnitsTime of the 2016-06 schema) and ImageJ by the UDUNITS-2 names of OME-NGFF. */
const UNITS: { readonly [symbol: string]: string } = {
  Ym: "yottameter",
  Zm: "zettameter",
  Em: "exameter",
  Pm: "petameter",
  Tm: "terameter",
  Gm: "gigameter",
  Mm: "megameter",
  km: "kilometer",
  hm: "hectometer",
  m: "meter",
  dm: "decimeter",
  cm: "centimeter",
  mm: "millimeter",
  "\u00b5m": "micrometer", // the micro sign
  "\u03bcm": "micrometer", // the letter mu
  um: "micrometer",
  micron: "micrometer",
  microns: "micrometer",
  nm: "nanometer",
  pm: "picometer",
  fm: "femtometer",
  am: "attometer",
  zm: "zeptometer",
  ym: "yoctometer",
  "\u00c5": "angstrom", // the letter
  "\u212b": "angstrom", // the angstrom sign
  in: "inch",
  inch: "inch",
  ft: "foot",
  yd: "yard",
  mi: "mile",
  pc: "parsec",
  Ys: "yottasecond",
  Zs: "zettasecond",
  Es: "exasecond",
  Ps: "petasecond",
  Ts: "terasecond",
  Gs: "gigasecond",
  Ms: "megasecond",
  ks: "kilosecond",
  hs: "hectosecond",
  s: "second",
  sec: "second",
  ds: "decisecond",
  cs: "centisecond",
  ms: "millisecond",
  "\u00b5s": "microsecond",
  "\u03bcs": "microsecond",
  ns: "nanosecond",
  ps: "picosecond",
  fs: "femtosecond",
  as: "attosecond",
  zs: "zeptosecond",
  ys: "yoctosecond",
  min: "minute",
  h: "hour",
  d: "day",
};

const SYMBOLS: { readonly [name: string]: string } = Object.fromEntries(
  Object.entries(UNITS)
    .reverse()
    .filter(([symbol]) => !["um", "micron", "microns", "inch", "sec"].includes(symbol))
    .map(([symbol, name]) => [name, symbol]),
);

/** "µm" as "micrometer"; undefined where OME-NGFF has no name for it ("pixel", "reference frame", "thou"). */
export function ngffUnit(symbol: string): string | undefined {
  const trimmed = symbol.trim();
  return Object.hasOwn(UNITS, trimmed)
    ? UNITS[trimmed]
    : Object.hasOwn(SYMBOLS, trimmed)
      ? trimmed
      : undefined;
}

/** "micrometer" as "µm", for OME-XML; undefined for units that its schema lacks. */
export function omeUnit(name: string): string | undefined {
  return Object.hasOwn(SYMBOLS, name) ? SYMBOLS[name] : undefined;
}
