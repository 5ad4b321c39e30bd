import { createHash } from "node:crypto";
import { LamellaError } from "../../errors.ts";
import type { OwnFunction } from "./own-kernel.ts";

/** Where a run keeps a bundle. */
export function bundleKey(sha256: string): string {
  return `kernels/${sha256}.mjs`;
}

/**
 * Imports a bundle, after its bytes were held against the digest that the plan names. Throws CHECKSUM_MISMATCH where they differ,
 * INVALID_ARGS where the module fails or the export is no function.
 */
export async function loadKernel(code: Uint8Array, sha256: string, exportName: string): Promise<OwnFunction> {
  const found = createHash("sha256").update(code).digest("hex");
  if (found !== sha256) {
    throw new LamellaError(
      "CHECKSUM_MISMATCH",
      `the bundled kernel ${sha256} of the run has other bytes (${found})`,
      {
        hint: "Start a new run: the run's folder was changed.",
      },
    );
  }
  let loaded: { readonly [name: string]: unknown };
  try {
    loaded = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  } catch (cause) {
    throw new LamellaError(
      "INVALID_ARGS",
      `the own kernel ${exportName} can't be loaded: ${messageOf(cause)}`,
      {
        hint: "Its module runs once in each worker: it must load without this computer's files.",
        cause,
      },
    );
  }
  const fn = loaded[exportName];
  if (typeof fn === "function") return fn as OwnFunction;
  throw new LamellaError("INVALID_ARGS", `${exportName} is exported by the module, but is no function`, {
    hint: "Name an exported function.",
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
