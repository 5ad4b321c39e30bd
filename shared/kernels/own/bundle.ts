import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LamellaError } from "../../errors.ts";
import { hintOfNames } from "../../nearest-name.ts";
import type { ModuleKernel } from "./own-kernel.ts";

/** A module with all that it imports, as one file; named by what it holds. */
export interface KernelBundle {
  readonly sha256: string;
  readonly code: Uint8Array;
  /** The file it was made of, for messages. */
  readonly name: string;
}

/** A module that was imported before answers at once. */
const IMPORT_MS = 5000;

const bundles = new Map<string, KernelBundle>();

/** A bundle that was made in this process. */
export function bundleOf(sha256: string): KernelBundle | undefined {
  return bundles.get(sha256);
}

/**
 * Bundles the module of an own kernel, with everything that it imports but Node's own modules. Throws NOT_FOUND for a file that isn't
 * there, INVALID_ARGS for one that doesn't bundle, has no such export, or doesn't export the function that was given.
 */
export async function bundleKernel(kernel: ModuleKernel): Promise<KernelBundle> {
  const file = fileURLToPath(kernel.url);
  await checkFunction(kernel, file);
  const { bundle, exports } = await bundleModule(file);
  if (!exports.includes(kernel.exportName)) {
    throw new LamellaError("INVALID_ARGS", `${file} doesn't export "${kernel.exportName}"`, {
      hint: hintOfNames(kernel.exportName, exports),
    });
  }
  bundles.set(bundle.sha256, bundle);
  return bundle;
}

/**
 * Bundles a module file with everything that it imports but Node's own modules, and tells what it exports. Throws NOT_FOUND,
 * and INVALID_ARGS for one that doesn't bundle.
 */
export async function bundleModule(
  file: string,
): Promise<{ readonly bundle: KernelBundle; readonly exports: readonly string[] }> {
  if (!existsSync(file)) {
    throw new LamellaError("NOT_FOUND", `there is no module ${file}`, {
      hint: "Modules are relative to the pipeline file, or to the current folder.",
    });
  }
  const { build } = await bundler();
  const result = await build({
    entryPoints: [file],
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // Comments name places of this computer: without them equal sources are equal bundles anywhere.
    minifyWhitespace: true,
    legalComments: "none",
    keepNames: true,
    metafile: true,
    logLevel: "silent",
  }).catch((error: unknown) => {
    throw new LamellaError("INVALID_ARGS", `${file} can't be bundled: ${firstMessage(error)}`, {
      hint: "It must be a module that builds by itself: check its imports.",
    });
  });
  const exports = Object.values(result.metafile.outputs)[0]?.exports ?? [];
  const code = result.outputFiles[0]!.contents;
  const sha256 = createHash("sha256").update(code).digest("hex");
  return { bundle: { sha256, code, name: file.replace(/^.*[\\/]/, "") }, exports };
}

/** A function that was given must be the module's own export: a closure of the same name would compute something else. */
async function checkFunction({ url, exportName, fn }: ModuleKernel, file: string): Promise<void> {
  if (!fn) return;
  const loaded = await loadedModule(url);
  if (loaded?.[exportName] === fn) return;
  throw new LamellaError(
    "INVALID_ARGS",
    `the function ${exportName} can't be carried to a worker: ${file} doesn't export it`,
    { hint: "Export it by its own name; values that it needs go into args." },
  );
}

/** A module that is being evaluated waits for itself: then it can't be told what it exports. */
async function loadedModule(url: string): Promise<{ readonly [name: string]: unknown } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), IMPORT_MS);
  });
  try {
    return await Promise.race([import(url), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function bundler() {
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new LamellaError("INVALID_ARGS", "own kernels can't be bundled here: esbuild isn't there", {
      hint: "Plan the pipeline with the lamella command; in the cloud, pipelines have built-in kernels and expressions.",
      cause,
    });
  }
}

function firstMessage(error: unknown): string {
  const [first] = (error as { errors?: { text: string; location?: { line: number } | null }[] }).errors ?? [];
  if (!first) return error instanceof Error ? error.message : String(error);
  return first.location ? `line ${first.location.line}: ${first.text}` : first.text;
}
