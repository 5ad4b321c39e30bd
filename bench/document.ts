import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Computer } from "./computer.ts";
import { SUITES } from "./suites.ts";

interface Kept {
  readonly computer: Computer;
  readonly text: string;
}

const TITLES: { readonly [suite in keyof typeof SUITES]: string } = {
  "big-tiff": "A sparse BigTIFF of 21 GB to OME-Zarr",
  codecs: "Codecs, beside numcodecs",
  gaussian: "Gaussian of a volume, beside Dask",
  kernels: "Kernels, beside numpy, scipy and scikit-image",
  labels: "Labelling a gigavoxel, beside dask-image",
  memory: "Measured memory against projected",
  peers: "Beside the peers",
  resume: "Going on with ten million tasks",
  scale: "A plan of ten million tasks",
  soak: "A hundred thousand tiny tasks",
  "soak-localstack": "Two thousand tiny tasks on LocalStack",
};

const HEAD = `# Benchmarks

Written by \`npm run bench -- --write\`. Times are of one computer on one day, and other programs may have run beside them: the
ratios are what to look at. CPU is the user and system time of all processes; peak is the largest resident set of the process
tree; projected is what \`lamella plan\` says before the run, which must never be less than the peak.
`;

/** Keeps a suite's results in bench/results, and writes docs/benchmarks.md from all that are kept there. */
export async function writeResults(root: string, suite: keyof typeof SUITES, kept: Kept): Promise<void> {
  const folder = path.join(root, "bench/results");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${suite}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  const sections: string[] = [HEAD];
  for (const name of Object.keys(SUITES) as (keyof typeof SUITES)[]) {
    const text = await readFile(path.join(folder, `${name}.json`), "utf8").catch(() => undefined);
    if (text) sections.push(section(name, JSON.parse(text) as Kept));
  }
  await writeFile(path.join(root, "docs/benchmarks.md"), sections.join("\n"));
}

function section(name: keyof typeof SUITES, { computer, text }: Kept): string {
  const { date, lamella, node, processor, cores, memoryGiB, system, load } = computer;
  return `## ${TITLES[name]}

\`npm run bench -- ${name}\`

${text}

${date}, Lamella ${lamella} on Node ${node}; ${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; load ${load.toFixed(1)} before it began.
`;
}
