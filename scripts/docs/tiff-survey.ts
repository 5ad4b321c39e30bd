import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DamageResult, SurveyResult } from "../../test/formats/tiff/survey.ts";
import { markdownTable } from "./markdown.ts";

function results<T>(name: string): T[] {
  const file = fileURLToPath(new URL(`../../test/formats/tiff/${name}`, import.meta.url));
  return JSON.parse(readFileSync(file, "utf8")) as T[];
}

/** The tables of docs/tiff.md: what the survey found, from the results that it keeps and checks. */
export function tiffSurvey(): string {
  const all = results<SurveyResult>("manifest-results.json");
  const decoded = all.filter(({ decodedBy }) => decodedBy.length > 0);
  const equal = decoded.filter(({ outcome }) => outcome === "equal");
  const others = decoded.filter(({ outcome }) => outcome !== "equal");
  const unknown = all.filter(({ decodedBy }) => decodedBy.length === 0);
  const kinds = [...new Set(all.map(kindOf))].sort();
  return [
    `Of ${decoded.length} files that tifffile or Bio-Formats decodes, ${equal.length} (${((100 * equal.length) / decoded.length).toFixed(1)} %) convert with equal pixels: ${counts(equal)}. Lossy JPEG, JPEG 2000 and WebP are among them, equal and not only close.`,
    markdownTable([
      ["compression", "files", "equal", "refused", "decoded by neither"],
      ...kinds.map((kind) => {
        const of = all.filter((result) => kindOf(result) === kind);
        const known = of.filter(({ decodedBy }) => decodedBy.length > 0);
        const same = known.filter(({ outcome }) => outcome === "equal");
        return [kind, of.length, same.length, known.length - same.length, of.length - known.length].map(
          String,
        );
      }),
    ]),
    "## Decoded by a reference, not converted",
    refusals(others),
    "## Decoded by neither",
    refusals(unknown),
    "## Damaged files",
    damaged(),
  ].join("\n\n");
}

const NAMES: { readonly [name: string]: string } = {
  NONE: "none",
  1: "none",
  ADOBE_DEFLATE: "deflate",
  DEFLATE: "deflate",
  APERIO_JP2000_YCBC: "JPEG 2000",
  JPEG_2000_LOSSY: "JPEG 2000",
  OJPEG: "old-style JPEG",
  CCITTRLE: "CCITT RLE",
  CCITTFAX3: "CCITT fax 3",
  CCITTFAX4: "CCITT fax 4",
  PACKBITS: "PackBits",
  ZSTD: "zstd",
  WEBP: "WebP",
  SGILOG: "SGI log",
  THUNDERSCAN: "ThunderScan",
};

function kindOf({ compression, file }: SurveyResult): string {
  return NAMES[compression] ?? (compression || (file.endsWith(".ome") ? "companion OME-XML" : "not known"));
}

function counts(equal: readonly SurveyResult[]): string {
  const by = Map.groupBy(equal, ({ equalTo }) => equalTo ?? "");
  return [...by].map(([name, { length }]) => `${length} to ${name}`).join(", ");
}

function refusals(list: readonly SurveyResult[]): string {
  return markdownTable([
    ["file", "what it says"],
    ...list.map(({ file, code, reason }) => [
      file,
      code === undefined ? "converts; nothing to compare it with" : `\`${code}\`: ${reason}`,
    ]),
  ]);
}

function damaged(): string {
  const all = results<DamageResult>("malformed-results.json");
  return markdownTable([
    ["file", "becomes"],
    ...all.map(({ file, outcome, code, reason }) => [
      file,
      outcome === "refused" ? `\`${code}\`: ${reason}` : outcome,
    ]),
  ]);
}
