import { createHash } from "node:crypto";
import { LamellaError } from "../../errors.ts";
import type { KernelBundle } from "./bundle.ts";
import type { ModuleKernel } from "./own-kernel.ts";

const SCHEME = "sha256:";
const REFERENCE = /^sha256:([0-9a-f]{64})#([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)$/u;

/** Gives the bytes of a published bundle by its digest; undefined where there is none. */
export type PublishedKernels = (sha256: string) => Promise<Uint8Array | undefined>;

/** How steps name an export of a published bundle: "sha256:<digest>#ratio". */
export function publishedReference(sha256: string, exportName: string): string {
  return `${SCHEME}${sha256}#${exportName}`;
}

/**
 * The kernel that such a reference names; undefined for text that is none. Throws INVALID_PIPELINE for what begins like one and
 * goes on otherwise.
 */
export function parsePublishedKernel(text: string): ModuleKernel | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const [, sha256, exportName] = REFERENCE.exec(text) ?? [];
  if (sha256 !== undefined && exportName !== undefined)
    return Object.freeze({ kind: "module", url: SCHEME + sha256, exportName });
  throw new LamellaError("INVALID_PIPELINE", `module "${text}" is no published kernel`, {
    hint: "Write it as `lamella publish` printed it: sha256:, 64 digits, # and the export's name.",
  });
}

/** The digest of a published kernel's bundle; undefined for a module that is a file here. */
export function publishedDigest({ url }: ModuleKernel): string | undefined {
  return url.startsWith(SCHEME) ? url.slice(SCHEME.length) : undefined;
}

/**
 * A published bundle, its bytes held against the digest. It isn't imported: who plans has rights that workers don't have. Throws
 * INVALID_PIPELINE where nobody may use published kernels here, NOT_FOUND, CHECKSUM_MISMATCH.
 */
export async function publishedBundle(
  sha256: string,
  kernels: PublishedKernels | undefined,
): Promise<KernelBundle> {
  if (!kernels) {
    throw new LamellaError("INVALID_PIPELINE", `published kernels are not allowed here (${sha256})`, {
      hint: "A stack that is deployed with --context uploadKernels=true takes them in uploads and requests; in a pipeline file, name the module itself.",
    });
  }
  const code = await kernels(sha256);
  if (!code) {
    throw new LamellaError("NOT_FOUND", `no kernel ${sha256} is published in this stack`, {
      hint: "Whoever deploys the stack publishes it: lamella publish kernels.ts.",
    });
  }
  const found = createHash("sha256").update(code).digest("hex");
  if (found === sha256) return { sha256, code, name: `${sha256.slice(0, 12)}.mjs` };
  throw new LamellaError("CHECKSUM_MISMATCH", `the published kernel ${sha256} has other bytes (${found})`, {
    hint: "Publish it again, and find out who changed it: only deployers can write there.",
  });
}
