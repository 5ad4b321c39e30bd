import path from "node:path";

/** One row of the table: a job that the harness of the peers defines, and how Lamella does it. */
export interface Workload {
  /** The harness's name of it. */
  readonly name: string;
  readonly title: string;
  /** Who does it too, by the harness's names. The quickest of them is what Lamella is held against. */
  readonly peers: readonly string[];
  /** At most this share of the best peer's CPU seconds. */
  readonly target: number;
  /** The same with the codec that the peers write, zstd 3 without shuffle. */
  readonly targetOfPeersCodec?: number;
  /** Held against this peer's wall seconds instead, where starting is what counts. */
  readonly wallOf?: string;
  /** What `{in}` stands for in the folder of the data. */
  readonly input?: string;
  readonly command: Command;
  /** What of the output is compared, where it isn't the output itself. */
  readonly written?: (output: string) => string;
  /**
   * How it is known to be right, where the harness's verify.py can't read what it gives: it prints a number; it prints the sum of a part of
   * its input; it writes arrays of statistics, which verify.py wants in a file of its own kind.
   */
  readonly check?: { readonly prints: string } | "prints sum" | "statistics";
}

/** The harness puts `{in}`, `{out}`, `{data}` and `{nw}` into it. */
type Command = (program: Program, codec: Codec) => string;

export type Codec = "blosc" | "zstd";

/** Where the program is that is measured. */
export interface Program {
  readonly node: string;
  /** The root of its checkout, built. */
  readonly root: string;
  /** A folder for its runs. */
  readonly runs: string;
  /** A Zarr array of one chunk. */
  readonly tiny: string;
}

const DASK = ["dask-threads", "dask-processes"];
const CUBED = ["cubed-threads", "cubed-processes"];
const FOLDER = import.meta.dirname;

const pipeline =
  (name: string): Command =>
  (program, codec) =>
    cli(program, [
      "run",
      path.join(FOLDER, "pipelines", `${name}.yaml`),
      "--set data={data}",
      "--set output={out}",
      `--set codec=${codec}`,
    ]);

const script =
  (name: string, parameters: string): Command =>
  ({ node, root }) =>
    `${node} ${path.join(FOLDER, name)} ${path.join(root, "dist/index.js")} ${parameters}`;

const convert: Command = (program, codec) =>
  cli(program, [
    "convert {in} {out} --levels 5 --chunks 1,1,1,1024,1024 --factors 1,1,1,2,2",
    codec === "zstd" ? "--codec zstd --level 3" : "--codec blosc",
  ]);

function cli({ node, root, runs }: Program, parts: readonly string[]): string {
  return [node, path.join(root, "dist/cli.js"), ...parts, "--workers {nw} --quiet --runs", runs].join(" ");
}

const reading = (name: string, format: string, peers: readonly string[]): Workload => ({
  name,
  title: `read all: ${format}`,
  peers,
  target: 1.1,
  input: `B_${name.slice(3)}.zarr`,
  check: "prints sum",
  command: script("read-all.mjs", "{in} {nw}"),
});

export const WORKLOADS: readonly Workload[] = [
  {
    name: "W0",
    title: "one tiny chunk, from the start of the process",
    peers: ["cubed-threads"],
    target: 0.4,
    wallOf: "cubed-threads",
    check: { prints: "8192" },
    command: (program) => script("tiny.mjs", program.tiny)(program, "blosc"),
  },
  {
    name: "W1",
    title: "OME-TIFF to OME-Zarr, 5 levels",
    peers: ["tensorstore", "tensorstore-nosync", "ome-zarr", "ngff-zarr"],
    target: 0.6,
    targetOfPeersCodec: 0.8,
    input: "A_tiled_deflate.ome.tif",
    // The image is the first of the series.
    written: (output) => path.join(output, "0"),
    command: convert,
  },
  {
    name: "W2_3d",
    title: "gaussian, sigma 2, 3-D",
    peers: [...DASK, ...CUBED, "scipy", "zarrs_filter"],
    target: 0.25,
    targetOfPeersCodec: 0.4,
    command: pipeline("W2_3d"),
  },
  {
    name: "W2_2d",
    title: "gaussian, sigma 2, per plane",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.25,
    targetOfPeersCodec: 0.4,
    command: pipeline("W2_2d"),
  },
  {
    name: "W3",
    title: "gaussian, rescale, threshold, remove small",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.3,
    command: pipeline("W3"),
  },
  {
    name: "W4_ratio",
    title: "ratio of three",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.5,
    targetOfPeersCodec: 0.8,
    command: pipeline("W4_ratio"),
  },
  {
    name: "W4_mask",
    title: "2-D mask on a time series",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.4,
    command: pipeline("W4_mask"),
  },
  {
    name: "W5_all",
    title: "sum, mean, max, std of all",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.3,
    command: pipeline("W5_all"),
    check: "statistics",
    written: (output) => `${output}.json`,
  },
  {
    name: "W5_ax0",
    title: "sum, mean, max, std along axis 0",
    peers: [...DASK, ...CUBED, "scipy"],
    target: 0.3,
    command: pipeline("W5_ax0"),
    check: "statistics",
  },
  {
    name: "W6",
    title: "rechunk (16, 512, 512) to (64, 128, 128)",
    peers: [...DASK, ...CUBED, "tensorstore", "tensorstore-nosync", "rechunker", "zarrs_reencode"],
    target: 0.4,
    targetOfPeersCodec: 0.8,
    command: pipeline("W6"),
  },
  {
    name: "W7",
    title: "pyramid of 5 levels",
    peers: ["dask-threads", "tensorstore", "tensorstore-nosync", "ome-zarr", "ngff-zarr", "zarrs_ome"],
    target: 0.6,
    command: pipeline("W7"),
  },
  ...["zstd", "blosc", "gzip"].flatMap((codec) => [
    reading(`W8_v2_${codec}`, `Zarr v2, ${codec}`, ["zarr", "tensorstore", "zarrs-python"]),
    reading(`W8_v3_${codec}`, `Zarr v3, ${codec}`, [
      "zarr",
      "tensorstore",
      "zarrs-python",
      "zarrs_benchmark_read",
    ]),
  ]),
];
