import { markdownTable } from "./markdown.ts";

/** An option of bioformats2raw with what says the same here. */
export interface OptionPair {
  readonly theirs: string;
  readonly ours: string;
  /** Whether `lamella convert` takes theirs as it is. */
  readonly taken: boolean;
  readonly says: string;
}

/** The options that people use. The tests plan a conversion with each, and hold the two plans equal where theirs is taken. */
export const OPTION_PAIRS: readonly OptionPair[] = [
  {
    theirs: "--resolutions 3",
    ours: "--levels 3",
    taken: true,
    says: "resolutions in all. Without it: until the smaller of y and x is at most 256",
  },
  {
    theirs: "--tile_width 128 --tile_height 64",
    ours: "--chunks 64,128",
    taken: true,
    says: "chunks along x and y; default 1024",
  },
  { theirs: "--chunk_depth 4", ours: "--chunks 4,1024,1024", taken: true, says: "chunks along z; default 1" },
  {
    theirs: "--downsample-type SIMPLE",
    ours: "--downsample nearest",
    taken: true,
    says: "every second pixel",
  },
  { theirs: "--downsample-type AREA", ours: "--downsample mean", taken: true, says: "means of windows" },
  {
    theirs: "--downsample-type LINEAR",
    ours: "--downsample mean",
    taken: true,
    says: "halving linearly is the mean of two",
  },
  { theirs: "--series 0", ours: "--series 0", taken: true, says: "which images; a list such as 0,2" },
  { theirs: "--overwrite", ours: "--overwrite", taken: true, says: "replace an output that exists" },
  {
    theirs: "--compression zlib",
    ours: "--codec gzip",
    taken: false,
    says: "blosc (default), zstd, gzip or none",
  },
  { theirs: "--compression null", ours: "--codec none", taken: false, says: "no compression" },
  {
    theirs: "--compression-properties level=9",
    ours: "--level 9",
    taken: false,
    says: "the codec's own level",
  },
  { theirs: "--max-workers 2", ours: "--workers 2", taken: false, says: "threads; default one a core" },
  {
    theirs: "-Xmx2g (JVM)",
    ours: "--memory 2048",
    taken: false,
    says: "MiB for the whole run: kept by the plan, or refused before anything is written",
  },
];

export function optionTable(): string {
  return markdownTable([
    ["bioformats2raw", "lamella convert", "is"],
    ...OPTION_PAIRS.map(({ theirs, ours, taken, says }) => [
      `\`${theirs}\``,
      taken ? (theirs === ours ? "the same" : `the same, or \`${ours}\``) : `\`${ours}\``,
      says,
    ]),
  ]);
}
