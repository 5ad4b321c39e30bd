import type { TiffDocument } from "./document.ts";
import type { TiffPage } from "./page.ts";
import type { SeriesPlan } from "./series.ts";

/** NewSubfileType's bit for a smaller image: Aperio marks label and macro image so. */
const REDUCED = 1;

export function isSvs(document: TiffDocument, description: string): boolean {
  return description.startsWith("Aperio") && document.pages[0]!.layout.tiled;
}

/**
 * Aperio SVS: the first page is the slide, the second a thumbnail, tiled ones after it are its smaller resolutions,
 * then come label and macro image. Focal planes repeat the slide's size and are Z.
 */
export function svsSeries(document: TiffDocument, description: string): SeriesPlan[] {
  const [slide, ...others] = document.pages as [TiffPage, ...TiffPage[]];
  const levels = new Map<string, TiffPage[]>([[sizeOf(slide), [slide]]]);
  const rest: [name: string, page: TiffPage][] = [];
  for (const page of others) {
    if (page.layout.tiled && (page.subfileType & REDUCED) === 0) {
      const key = sizeOf(page);
      levels.set(key, [...(levels.get(key) ?? []), page]);
    } else if (rest.length === 0) rest.push(["Thumbnail", page]);
    else rest.push([page.subfileType === 9 ? "Macro" : "Label", page]);
  }
  const [planes, ...smaller] = [...levels.values()] as [TiffPage[], ...TiffPage[][]];
  const sizeZ = smaller.every((level) => level.length === planes.length) ? planes.length : 1;
  const micrometres = numberOf(description, "MPP");
  const magnification = numberOf(description, "AppMag");
  const size = micrometres && { value: micrometres, unit: "micrometer" };
  return [
    {
      ...plainPlan("Baseline", planes.slice(0, sizeZ)),
      levels: smaller
        .map((level) => level.slice(0, sizeZ))
        .sort(([a], [b]) => b!.layout.width - a!.layout.width),
      ...(size ? { physicalSize: { x: size, y: size } } : {}),
      facts: {
        aperio: { ...(magnification ? { magnification } : {}), ...(micrometres ? { micrometres } : {}) },
      },
    },
    ...rest.map(([name, page]) => plainPlan(name, [page])),
  ];
}

function plainPlan(name: string, pages: readonly TiffPage[]): SeriesPlan {
  return { name, sizeT: 1, planesC: 1, sizeZ: pages.length, pages };
}

function sizeOf({ layout }: TiffPage): string {
  return `${layout.width} x ${layout.height}`;
}

/** A number of the description's "KEY = VALUE" pairs. */
function numberOf(description: string, key: string): number | undefined {
  const value = Number(new RegExp(`\\|${key} = ([0-9.]+)`).exec(description)?.[1]);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}
