import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { LamellaError } from "../../errors.ts";
import { formatUri, parseUri } from "../../storage/uri.ts";
import { runTool } from "./run-tool.ts";
import { type BioFormatsOptions, findConverter, type Tool } from "./tools.ts";

/** An image as Bio-Formats wrote it anew. */
export interface Rewritten {
  /** The temporary OME-TIFF, or OME-Zarr of bioformats2raw. */
  readonly uri: string;
  /** What wrote it. */
  readonly tool: Tool["name"];
  /** The image that was asked for. */
  readonly original: string;
}

export interface RewriteOptions extends BioFormatsOptions {
  readonly signal?: AbortSignal;
  /** Says what is being done. */
  readonly note?: (text: string) => void;
}

/** Tiles of the temporary file: large enough to be few, small enough for any memory. */
const TILE = "1024";

/**
 * Lets Bio-Formats write an image of any of its formats to a temporary OME-TIFF (or OME-Zarr, by bioformats2raw), hands that
 * to `use`, and removes it afterwards, whatever happened. It lies in the folder for temporary files (TMPDIR), and is as
 * large as the pixels.
 *
 * Throws READER_NOT_FOUND, READER_FAILED, INTERRUPTED, NOT_FOUND, UNSUPPORTED_URI for what is no file of this computer.
 */
export async function rewritten<T>(
  src: string,
  options: RewriteOptions,
  use: (image: Rewritten) => Promise<T>,
): Promise<T> {
  const file = await localFile(src);
  const tool = findConverter(options);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-bioformats-"));
  try {
    const name = path.basename(file).replace(/[%\s]/g, "_");
    const target = path.join(folder, `${name}.ome.${tool.name === "bioformats2raw" ? "zarr" : "tif"}`);
    options.note?.(`${tool.name} reads ${src}`);
    await runTool(tool, argumentsFor(tool, file, target), { signal: options.signal });
    await requireWritten(tool, target);
    return await use({
      uri: formatUri(parseUri(target)),
      tool: tool.name,
      original: formatUri(parseUri(file)),
    });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** The path of a file on this computer. Throws UNSUPPORTED_URI, NOT_FOUND. */
export async function localFile(src: string): Promise<string> {
  const location = parseUri(src);
  if (location.scheme !== "file") {
    throw new LamellaError("UNSUPPORTED_URI", `Bio-Formats reads files of this computer, not ${src}`, {
      hint: "Copy the image here first, with all its files.",
      details: { uri: src },
    });
  }
  const found = await fs.stat(location.path).catch(() => undefined);
  if (found === undefined) {
    throw new LamellaError("NOT_FOUND", `no such file: ${src}`, {
      hint: "Check the path.",
      details: { file: src },
    });
  }
  return location.path;
}

function argumentsFor(tool: Tool, from: string, to: string): string[] {
  if (tool.name === "bioformats2raw") return [from, to];
  // Resolutions stay levels of their image, sizes beyond 4 GiB are taken, and nobody is asked to upgrade.
  return ["-noflat", "-bigtiff", "-no-upgrade", "-overwrite", "-tilex", TILE, "-tiley", TILE, from, to];
}

/** Some versions end well after an error. */
async function requireWritten(tool: Tool, target: string): Promise<void> {
  const found = await fs.stat(target).catch(() => undefined);
  if (found) return;
  throw new LamellaError("READER_FAILED", `${tool.name} ended without writing the image`, {
    hint: `Run \`${tool.name}\` on the file itself to see all that it says.`,
    details: { tool: tool.name },
  });
}
