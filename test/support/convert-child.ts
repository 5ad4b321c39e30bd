import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isLamellaError } from "../../shared/errors.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { md5InOrder } from "./read-all.ts";
import { readArray } from "./read-array.ts";
import { run } from "./run.ts";

/** A line of output for each file of the request that comes as the first argument. */
export interface ChildRequest {
  readonly files: readonly {
    readonly path: string;
    readonly axes: string;
    readonly lengths: readonly number[];
  }[];
}

export interface ChildReply {
  readonly path: string;
  readonly md5?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: boolean;
  /** The most memory that the process has taken so far. */
  readonly peakBytes: number;
}

const { files } = JSON.parse(process.argv[2]!) as ChildRequest;
const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-child-"));
try {
  for (const [i, file] of files.entries()) {
    const reply = await convert(file, path.join(folder, `${i}.ome.zarr`));
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    process.stdout.write(`${JSON.stringify({ path: file.path, ...reply, peakBytes })}\n`);
  }
} finally {
  await fs.rm(folder, { recursive: true, force: true });
}

async function convert(
  { path: src, axes, lengths }: ChildRequest["files"][number],
  dst: string,
): Promise<Omit<ChildReply, "path" | "peakBytes">> {
  try {
    const plan = await compile(await outputsOfRequest({ convert: { src, dst } }));
    await run(plan, folder, { workers: 1 });
    const array = await openZarrArray(new FileStore(dst), "0/0");
    const pixels = await readArray(array);
    try {
      return { md5: md5InOrder(pixels, array.shape, axes, lengths) };
    } catch {
      return { md5: "other axes" };
    }
  } catch (error) {
    if (!isLamellaError(error)) return { code: "none", message: String((error as Error).stack) };
    return { code: error.code, message: error.message, hint: error.hint !== undefined };
  }
}
