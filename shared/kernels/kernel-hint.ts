import { hintOfNames } from "../nearest-name.ts";

/** Names that other libraries, or people, have for a kernel. */
const ALSO: ReadonlyMap<string, string> = new Map([
  ["clahe", "equalizeAdapthist"],
  ["boxfilter", "uniform"],
  ["meanfilter", "uniform"],
  ["log", "gaussianLaplace"],
  ["dog", "differenceOfGaussians"],
]);

/** Whole-array operations that have no kernel of their name. */
const OPERATION =
  /^(threshold(otsu|li|yen|triangle|isodata|mean)|otsu|removesmall|distancetransform|hysteresis)$/;

/** What a name that is no kernel's may mean: scipy's or scikit-image's spelling, an operation, or a mistyped kernel. */
export function hintOfKernel(name: string, known: Iterable<string>): string {
  const names = [...known];
  const plain = name.replaceAll("_", "").toLowerCase();
  if (OPERATION.test(plain)) {
    return `That is an operation on the whole array, not a kernel: op: ${camelCase(name)}.`;
  }
  const found =
    names.find((each) => each.toLowerCase() === plain) ??
    ALSO.get(plain) ??
    names.find((each) => `${each.toLowerCase()}filter` === plain);
  return found === undefined ? hintOfNames(name, names) : `Did you mean "${found}"?`;
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
