import { cellOfNumber } from "../../block/chunk-grid.ts";
import { contiguousPlanes, isContiguous } from "./contiguous.ts";
import type { TiffDocument } from "./document.ts";
import { tiffError } from "./error.ts";
import type { TiffPage } from "./page.ts";
import type { SeriesPlan } from "./series.ts";
import { TransposedSource } from "./transposed-source.ts";

/** The JSON that tifffile's imwrite leaves in ImageDescription. */
interface ShapedDescription {
  readonly shape: readonly number[];
  readonly axes?: string;
  readonly name?: string;
  readonly truncated?: boolean;
}

export function isShaped(description: string): boolean {
  return /^\{\s*"/.test(description) && parse(description) !== undefined;
}

/**
 * Series of tifffile's own: a shape and maybe axes in the first page of each. The last axes are a page's own, the
 * others count its pages. Undefined where the descriptions don't fit the pages, which are then read as plain ones.
 */
export async function shapedSeries(document: TiffDocument): Promise<SeriesPlan[] | undefined> {
  const plans: SeriesPlan[] = [];
  for (let index = 0; index < document.pages.length; ) {
    const page = document.pages[index]!;
    const description = await document.description(page);
    const shaped = description === undefined ? undefined : parse(description);
    if (!shaped) return undefined;
    const size = shaped.shape.reduce((a, b) => a * b, 1);
    const { width, height, samples } = page.layout;
    const planes = size / (width * height * samples);
    if (!Number.isInteger(planes) || planes < 1 || planes > 2 ** 24) return undefined;
    let pages: readonly TiffPage[];
    if (shaped.truncated && isContiguous(page)) {
      pages = contiguousPlanes(page, planes);
      index += 1;
    } else {
      pages = document.pages.slice(index, index + planes);
      index += planes;
    }
    if (
      pages.length < planes ||
      pages.some((other) => other.layout.width !== width || other.layout.height !== height)
    ) {
      return undefined;
    }
    const plan = arrange(document, page, shaped, pages);
    if (!plan) return undefined;
    plans.push(plan.source ? plan : { ...plan, levels: levelsOf(document, plan.pages) });
  }
  return plans;
}

/** Pages by T, C, Z: by their letters, others (Q, I, P, ...) by the axes that are left, the last one first. */
function arrange(
  document: TiffDocument,
  page: TiffPage,
  shaped: ShapedDescription,
  pages: readonly TiffPage[],
): Omit<SeriesPlan, "levels"> | undefined {
  const own = ownAxes(page);
  const axes = shaped.axes ?? "";
  const known = axes.length === shaped.shape.length ? axes.toUpperCase() : undefined;
  const outerShape = shaped.shape.slice();
  let outerAxes = known ?? "Q".repeat(shaped.shape.length);
  // Take the page's axes off the end; axes of length 1 that tifffile inserted may stand between.
  for (const [letter, length] of own) {
    while (outerShape.length > 0 && outerShape.at(-1) === 1 && length !== 1) {
      outerShape.pop();
      outerAxes = outerAxes.slice(0, -1);
    }
    if (length === 1 && outerShape.at(-1) !== 1) continue;
    if (outerShape.pop() !== length) return transposed(document, page, shaped, pages);
    const found = outerAxes.at(-1)!;
    outerAxes = outerAxes.slice(0, -1);
    const fits = found === "Q" || (letter === "S" ? found === "S" || found === "C" : found === letter);
    if (known && !fits && length > 1) return transposed(document, page, shaped, pages);
  }
  const role: { [axis in "T" | "C" | "Z"]: number[] } = { T: [], C: [], Z: [] };
  const strange: number[] = [];
  outerShape.forEach((n, i) => {
    const letter = outerAxes[i]!;
    if (letter === "T" || letter === "C" || letter === "Z") role[letter].push(i);
    else if (n > 1) strange.push(i);
  });
  for (const i of strange.reverse()) {
    const free = (["Z", "C", "T"] as const).find((axis) => role[axis].every((j) => outerShape[j] === 1));
    role[free ?? "T"].unshift(i);
  }
  const length = (axis: "T" | "C" | "Z"): number => role[axis].reduce((n, i) => n * outerShape[i]!, 1);
  const [sizeT, planesC, sizeZ] = [length("T"), length("C"), length("Z")];
  const ordered = new Array<TiffPage | undefined>(pages.length);
  pages.forEach((item, at) => {
    const index = cellOfNumber(at, outerShape);
    const along = (axis: "T" | "C" | "Z"): number =>
      role[axis].reduce((n, i) => n * outerShape[i]! + index[i]!, 0);
    ordered[(along("T") * planesC + along("C")) * sizeZ + along("Z")] = item;
  });
  return { name: shaped.name || document.file.name, sizeT, planesC, sizeZ, pages: ordered };
}

/** An array whose pages are other planes than Y by X: each axis by its letter. */
function transposed(
  document: TiffDocument,
  page: TiffPage,
  shaped: ShapedDescription,
  pages: readonly TiffPage[],
): Omit<SeriesPlan, "levels"> {
  const { width, height, samples, planar } = page.layout;
  const own = [height, width];
  if (samples > 1) own.splice(planar ? 0 : 2, 0, samples);
  const letters = (shaped.axes ?? "").toUpperCase().replaceAll("S", "C");
  const { shape } = shaped;
  const fits =
    letters.length === shape.length &&
    /^[TCZYX]+$/.test(letters) &&
    new Set(letters).size === letters.length &&
    letters.includes("Y") &&
    letters.includes("X") &&
    own.every((length, i) => shape.at(i - own.length) === length);
  if (!fits) return unsupported(document, page, shaped);
  const axes = shape.map((length, i) => ({ length, axis: "TCZYX".indexOf(letters[i]!) }));
  return {
    name: shaped.name || document.file.name,
    sizeT: 1,
    planesC: 1,
    sizeZ: pages.length,
    pages,
    source: (label) => new TransposedSource(label, pages, axes),
  };
}

/** A page's own axes, the last first, without those of length 1 in S. */
function ownAxes(page: TiffPage): [letter: string, length: number][] {
  const { width, height, samples, planar } = page.layout;
  const image: [string, number][] = [
    ["X", width],
    ["Y", height],
  ];
  if (samples === 1) return image;
  return planar ? [...image, ["S", samples]] : [["S", samples], ...image];
}

function levelsOf(document: TiffDocument, pages: readonly (TiffPage | undefined)[]): TiffPage[][] {
  const levels: TiffPage[][] = [];
  for (let i = 0; ; i++) {
    const level = pages.map((page) => page && document.subPages.get(page)?.[i]);
    if (level.some((page) => page === undefined)) return levels;
    levels.push(level as TiffPage[]);
  }
}

function unsupported(document: TiffDocument, page: TiffPage, shaped: ShapedDescription): never {
  throw tiffError(
    "TIFF_UNSUPPORTED",
    { file: document.file.uri, ifd: page.label, tag: "ImageDescription" },
    `an array of shape ${shaped.shape.join(" x ")}${shaped.axes ? ` (${shaped.axes})` : ""} in pages of ${page.layout.height} x ${page.layout.width}`,
    { hint: "Write it with Y and X (and S) as its last axes." },
  );
}

function parse(description: string): ShapedDescription | undefined {
  let json: unknown;
  try {
    json = JSON.parse(description.slice(0, 1 << 20));
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { shape, axes, name, truncated } = json as { [key: string]: unknown };
  if (!Array.isArray(shape) || shape.length > 32 || !shape.every((n) => Number.isSafeInteger(n) && n >= 1)) {
    return undefined;
  }
  return {
    shape: shape as number[],
    ...(typeof axes === "string" ? { axes } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(truncated === true ? { truncated } : {}),
  };
}
