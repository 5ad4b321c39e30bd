import { mkdtemp, open, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LamellaError } from "../errors.ts";
import { type ByteSink, fileSink, outputExists } from "../formats/tiff/sink.ts";
import { fileUri } from "../pipeline/output.ts";
import { requireWay } from "../storage/in-the-way.ts";
import { openObject } from "../storage/uri.ts";

/** Where a TIFF is to go. */
export interface ExportTarget {
  readonly uri: string;
  /** Begins to write; the file appears under its name when it is finished. */
  open(signal?: AbortSignal): Promise<ByteSink>;
}

const SUFFIX = /\.(?:tiff?|tf2|tf8|btf)$/i;
/** Suffixes that OME keeps for BigTIFF. */
const BIG_SUFFIX = /\.(?:tf8|btf)$/i;

/** Whether a name is that of a TIFF. */
function isTiffName(name: string): boolean {
  return SUFFIX.test(name.replace(/\/+$/, ""));
}

export function isBigTiffName(name: string): boolean {
  return BIG_SUFFIX.test(name);
}

/**
 * The place that a user named for a TIFF: a path, or s3://, which is written to a temporary file first and uploaded in
 * parts. Throws INVALID_ARGUMENT, UNSUPPORTED_URI, OUTPUT_EXISTS.
 */
export async function exportTarget(text: string, overwrite: boolean): Promise<ExportTarget> {
  if (!isTiffName(text)) {
    throw new LamellaError("INVALID_ARGUMENT", `output ${text} isn't named as a TIFF`, {
      hint: `Give a name such as ${text.replace(/\/+$/, "").replace(/(\.ome)?\.[a-z0-9]+$/i, "")}.ome.tif.`,
    });
  }
  return fileTarget(text, { overwrite, contentType: "image/tiff", what: "an OME-TIFF" });
}

/**
 * The place that a user named for one large file: a path, or s3://, which is written to a temporary file first and uploaded in parts.
 * Throws UNSUPPORTED_URI, OUTPUT_EXISTS.
 */
export async function fileTarget(
  text: string,
  options: { readonly overwrite: boolean; readonly contentType: string; readonly what: string },
): Promise<ExportTarget> {
  const { overwrite, contentType, what } = options;
  const uri = fileUri(text);
  await requireWay(uri, "file", text);
  const { store, key } = await openObject(uri);
  if (!overwrite && (await store.head(key))) throw outputExists(uri);
  if (uri.startsWith("file:")) {
    const file = fileURLToPath(uri);
    return { uri, open: () => fileSink(file, { overwrite }) };
  }
  const upload = store.upload?.bind(store);
  if (!upload) {
    throw new LamellaError("UNSUPPORTED_URI", `output ${text}: ${what} can't be written there`, {
      hint: "Write to a path or to s3://.",
    });
  }
  return {
    uri,
    async open(signal) {
      const folder = await mkdtemp(path.join(os.tmpdir(), "lamella-export-"));
      const file = path.join(folder, "whole");
      const sink = await fileSink(file);
      const clean = () => rm(folder, { recursive: true, force: true });
      return {
        write: sink.write,
        read: sink.read,
        async finish(head) {
          await sink.finish(head);
          const handle = await open(file, "r");
          try {
            const { size } = await handle.stat();
            const stored = await upload(key, size, (offset, length) => part(handle, offset, length), {
              overwrite,
              contentType,
              ...(signal ? { signal } : {}),
            });
            if (!stored) throw outputExists(uri);
          } finally {
            await handle.close();
            await clean();
          }
        },
        async abort() {
          await sink.abort();
          await clean();
        },
      };
    },
  };
}

/** An output that would replace what it is made from, while it is read. */
export function sameFile(output: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `output ${output} is a file that is read for it`, {
    hint: "Write to another place than the input's.",
    details: { output },
  });
}

async function part(
  handle: Awaited<ReturnType<typeof open>>,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) throw new RangeError("the temporary file became shorter");
    at += bytesRead;
  }
  return bytes;
}
