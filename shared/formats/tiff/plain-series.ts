import type { TiffDocument } from "./document.ts";
import type { PageLayout, TiffPage } from "./page.ts";
import type { SeriesPlan } from "./series.ts";

/** NewSubfileType's bit for a smaller version of another image. */
const REDUCED = 1;

/**
 * Pages without further metadata: those of equal layout are one series, in order along Z (as tifffile groups
 * them, which calls that axis I). Pages of the same number and kind but smaller are its pyramid.
 */
export function plainSeries(document: TiffDocument): SeriesPlan[] {
  const groups = new Map<PageLayout, TiffPage[]>();
  const add = (page: TiffPage): void => {
    const group = groups.get(page.layout);
    if (group) group.push(page);
    else groups.set(page.layout, [page]);
  };
  const reduced = new Set<TiffPage>();
  for (const page of document.pages) {
    add(page);
    if (page.subfileType & REDUCED) reduced.add(page);
    for (const below of document.subPages.get(page) ?? []) {
      add(below);
      if (isSmaller(below.layout, page.layout)) reduced.add(below);
    }
  }
  const series: { pages: TiffPage[]; levels: TiffPage[][] }[] = [];
  for (const pages of groups.values()) {
    const owner = pages.every((page) => reduced.has(page))
      ? series.find(({ pages: base, levels }) => isLevel(pages, levels.at(-1) ?? base))
      : undefined;
    if (owner) owner.levels.push(pages);
    else series.push({ pages, levels: [] });
  }
  return series.map(({ pages, levels }, index) => ({
    name: series.length === 1 ? document.file.name : `${document.file.name} ${index}`,
    sizeT: 1,
    planesC: 1,
    sizeZ: pages.length,
    pages,
    levels,
  }));
}

function isLevel(pages: readonly TiffPage[], base: readonly TiffPage[]): boolean {
  const [a, b] = [pages[0]!.layout, base[0]!.layout];
  return pages.length === base.length && a.samples === b.samples && a.dtype === b.dtype && isSmaller(a, b);
}

/** Smaller by the same factor in both directions, give or take the pixel that rounding costs. */
function isSmaller(a: PageLayout, b: PageLayout): boolean {
  if (a.width > b.width || a.height > b.height || (a.width === b.width && a.height === b.height))
    return false;
  const factor = Math.max(b.width / a.width, b.height / a.height);
  const [loWidth, loHeight] = [b.width / factor, b.height / factor];
  return Math.abs(a.width - loWidth) <= 1.5 && Math.abs(a.height - loHeight) <= 1.5;
}
