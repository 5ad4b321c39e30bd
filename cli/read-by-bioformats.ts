import { requireNothingAt } from "../shared/engine/claims.ts";
import { exportTarget } from "../shared/export/target.ts";
import { rewritten } from "../shared/formats/bioformats/rewrite.ts";
import type { BioFormatsOptions } from "../shared/formats/bioformats/tools.ts";
import { outputUri } from "../shared/pipeline/output.ts";
import { isTiffDestination } from "./commands/convert.ts";
import type { Operation } from "./convert-here.ts";
import { Progress } from "./progress/progress.ts";
import { isZipDestination, zipTarget } from "./zip-here.ts";

/**
 * Lets Bio-Formats write an image to a temporary file and hands that on, with what its provenance is to say of it.
 * Ctrl-C ends Bio-Formats too. Throws as `rewritten`, and OUTPUT_EXISTS before anything is done.
 */
export async function readByBioFormats(
  src: string,
  dst: string,
  flags: { readonly overwrite?: boolean; readonly quiet?: boolean },
  options: BioFormatsOptions,
  use: (image: { readonly uri: string; readonly origin: Operation }) => Promise<void>,
): Promise<void> {
  if (!flags.overwrite) await requireFree(dst);
  const progress = new Progress({ quiet: flags.quiet });
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const note = (text: string): void => progress.note(text);
    await rewritten(src, { ...options, signal: abort.signal, note }, ({ uri, tool, original }) =>
      use({ uri, origin: { op: "bioformats", uri: original, tool } }),
    );
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}

/** Of a destination that is one file, the file; of an OME-Zarr, its folder. */
async function requireFree(dst: string): Promise<void> {
  if (isTiffDestination(dst)) await exportTarget(dst, false);
  else if (isZipDestination(dst)) await zipTarget(dst, false);
  else await requireNothingAt(outputUri(dst));
}
