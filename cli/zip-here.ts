import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isLamellaError, LamellaError } from "../shared/errors.ts";
import { type ExportTarget, fileTarget, sameFile } from "../shared/export/target.ts";
import type { Plan } from "../shared/plan/schema.ts";
import { FileStore } from "../shared/storage/file.ts";
import { fileError } from "../shared/storage/file-errors.ts";
import { makeFolder } from "../shared/storage/make-folder.ts";
import { realUri } from "../shared/storage/real-uri.ts";
import { formatUri, parseUri } from "../shared/storage/uri.ts";
import { MOST_ENTRIES } from "../shared/storage/zip/directory.ts";
import { ozxComment, packStore } from "../shared/storage/zip/pack.ts";
import type { ConvertDocument } from "./commands/convert.ts";
import { type BudgetFlags, type Operation, planConversion, withOrigin } from "./convert-here.ts";
import { formatBytes } from "./format.ts";
import { Progress } from "./progress/progress.ts";
import { printReport, type RunFlags, runPlanHere } from "./run-plan.ts";

/** A destination that is written as one file: OME-NGFF's .ozx, or .zip. */
export function isZipDestination(dst: string): boolean {
  return /\.(?:zip|ozx)\/?$/i.test(dst);
}

/** The place of an archive. Throws UNSUPPORTED_URI, OUTPUT_EXISTS. */
export function zipTarget(dst: string, overwrite: boolean): Promise<ExportTarget> {
  return fileTarget(dst, { overwrite, contentType: "application/zip", what: "a zip archive" });
}

/**
 * Converts into a folder beside the destination, then packs that as one file; whichever way it ends, the folder goes. S3 gets the archive in
 * parts, from a temporary file.
 */
export async function zipHere(
  document: ConvertDocument,
  flags: BudgetFlags & RunFlags,
  origin?: Operation,
): Promise<void> {
  checkVersion(document);
  const target = await zipTarget(document.dst, flags.overwrite ?? false);
  const { component: _, ...src } = parseUri(document.src);
  if ((await realUri(target.uri)) === (await realUri(formatUri(src)))) throw sameFile(document.dst);
  const folder = await stagingFolder(document.dst);
  try {
    const staged = path.join(folder, "image.ome.zarr");
    const plan = await planConversion({ ...document, dst: staged }, flags);
    requireReadable(plan);
    const report = await runPlanHere(withOrigin(plan, origin), flags);
    const bytes = await pack(staged, document, target, flags);
    new Progress({ quiet: flags.quiet }).note(`packed ${formatBytes(bytes)}`);
    printReport({ ...report, outputs: { image: target.uri } }, flags);
  } catch (error) {
    // What would be resumed is gone with the folder.
    if (!isLamellaError(error) || error.code !== "INTERRUPTED") throw error;
    throw new LamellaError("INTERRUPTED", `${document.dst} was not written`, {
      hint: "Start it again.",
      cause: error,
    });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Refuses what Lamella's own reader refuses of an archive, before it is converted. Throws INVALID_ARGUMENT. */
function requireReadable(plan: Plan): void {
  let members = 0;
  for (const array of Object.values(plan.arrays)) {
    if (array.role !== "output") continue;
    const { shape, chunkShape, shardShape = chunkShape } = array.spec;
    members += shape.reduce((n, length, axis) => n * Math.ceil(length / shardShape[axis]!), 1);
  }
  if (members <= MOST_ENTRIES) return;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `the archive would have ${members} members, more than the ${MOST_ENTRIES} that are read`,
    { hint: "Write shards, which are one member each: --shards; or larger --chunks." },
  );
}

async function pack(
  staged: string,
  document: ConvertDocument,
  target: ExportTarget,
  flags: RunFlags,
): Promise<number> {
  const progress = new Progress({ quiet: flags.quiet });
  const abort = new AbortController();
  const onSignal = (): void =>
    abort.abort(
      new LamellaError("INTERRUPTED", "packing was interrupted", {
        hint: "Nothing was left at the archive's name: start the command again.",
      }),
    );
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  const sink = await target.open(abort.signal);
  try {
    const bytes = await packStore(new FileStore(staged), sink, {
      signal: abort.signal,
      ...(document["ngff"] === "0.4" ? {} : { comment: ozxComment("0.5") }),
      onProgress: (done, total, written) => progress.share(`packed ${formatBytes(written)}`, done, total),
    });
    await sink.finish(new Uint8Array(0));
    return bytes;
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}

function checkVersion({ dst, ngff }: ConvertDocument): void {
  if (ngff !== "0.4" || !/\.ozx\/?$/i.test(dst)) return;
  throw new LamellaError("INVALID_ARGUMENT", `${dst}: an .ozx holds Zarr v3, and OME-NGFF 0.4 is v2`, {
    hint: "Name it .zip, or leave --ngff out.",
  });
}

async function stagingFolder(dst: string): Promise<string> {
  const location = parseUri(dst);
  if (location.scheme !== "file") return fs.mkdtemp(path.join(os.tmpdir(), "lamella-zip-"));
  const beside = `${fileURLToPath(formatUri(location))}.${randomBytes(6).toString("hex")}.tmp`;
  await makeFolder(beside).catch((error: unknown) => {
    throw fileError(error, "make", beside);
  });
  return beside;
}
