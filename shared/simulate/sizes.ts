import { LamellaError } from "../errors.ts";

const UNITS: { readonly [unit: string]: number } = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** What a plan is simulated for besides its own inputs, bytes. */
export const USUAL_SIZES: readonly number[] = [1e12, 100e12];

/** "1TB,100 TB" as bytes. Throws INVALID_ARGUMENT. */
export function parseSizes(text: string): number[] {
  return text.split(",").map((part) => {
    const [, digits, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(part) ?? [];
    const factor = Object.entries(UNITS).find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1];
    const bytes = Number(digits) * (factor ?? Number.NaN);
    if (bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
    throw new LamellaError("INVALID_ARGUMENT", `"${part.trim()}" is not a size of data`, {
      hint: "Sizes are numbers with a unit, such as 1TB,100TB; the largest is 9000 TB.",
    });
  });
}
