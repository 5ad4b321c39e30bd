import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { makeDemoImage } from "../scripts/make-demo-image.ts";
import { GAUSSIAN_STEP } from "./gaussian-step.ts";
import { makeVolume } from "./volume.ts";

/** One thing that the command line does, with what comes after `lamella`; `{output}` stands for where it writes. */
export interface Work {
  readonly name: string;
  readonly args: readonly string[];
}

const CHUNKS = [16, 512, 512];

/** Steps by the name of the work: each ends in an array `out`. */
const STEPS: { readonly [name: string]: { readonly [step: string]: unknown } } = {
  gaussian: { out: GAUSSIAN_STEP },
  rechunk: { out: { op: "rechunk", in: "image", chunks: [32, 128, 128] } },
  projection: { out: { op: "max", in: "image", axis: 0 } },
  pyramid: { out: { op: "rechunk", in: "image", chunks: CHUNKS } },
};

const OUTPUTS: { readonly [name: string]: { readonly [key: string]: unknown } } = {
  gaussian: { chunks: CHUNKS },
  rechunk: { chunks: [32, 128, 128] },
  projection: {},
  pyramid: { chunks: CHUNKS, pyramid: { levels: 4, method: "mean", factors: [2, 2, 2] } },
};

/** A second of work each, on inputs that are made in `folder`: reading, kernels, writing, levels, and starting. */
export async function changeWork(folder: string): Promise<Work[]> {
  const volume = await makeVolume(folder, "small");
  const image = path.join(folder, "image.ome.tif");
  if (!existsSync(image)) await makeDemoImage(image);
  const options = ["--workers", "2", "--quiet", "--runs", path.join(folder, "runs")];
  const work: Work[] = [
    { name: "start", args: ["--version"] },
    { name: "convert", args: ["convert", image, "{output}", ...options] },
  ];
  for (const [name, steps] of Object.entries(STEPS)) {
    const pipeline = {
      version: 1,
      inputs: { image: { zarr: volume.path } },
      steps,
      outputs: { out: { zarr: "{output}", codec: "blosc", ...OUTPUTS[name] } },
    };
    const file = path.join(folder, `${name}.json`);
    const text = JSON.stringify(pipeline).replace('"{output}"', JSON.stringify(path.join(folder, "output")));
    await writeFile(file, text);
    work.push({ name, args: ["run", file, ...options] });
  }
  return work;
}
