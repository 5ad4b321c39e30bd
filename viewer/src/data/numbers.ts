const UNITS: { readonly [name: string]: string } = {
  angstrom: "Å",
  picometer: "pm",
  nanometer: "nm",
  micrometer: "µm",
  millimeter: "mm",
  centimeter: "cm",
  meter: "m",
  kilometer: "km",
  inch: "in",
  second: "s",
  millisecond: "ms",
  microsecond: "µs",
  minute: "min",
  hour: "h",
};

/** A unit of OME-NGFF as it is written after a number. */
export function unitSymbol(unit: string | undefined): string {
  return unit === undefined ? "px" : (UNITS[unit] ?? unit);
}

/** At most four significant digits, without a trailing 0. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(4)));
}

export function bytes(count: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  let value = count;
  for (; value >= 1024 && i < names.length - 1; i++) value /= 1024;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(3)} ${names[i]}`;
}

/** The longest of 1, 2, 5, 10, ... that fits. */
export function roundLength(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = [5, 2, 1].find((each) => each * power <= longest) ?? 1;
  return step * power;
}
