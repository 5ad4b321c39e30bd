import path from "node:path";
import { findStack } from "../shared/engine/aws/stack.ts";
import { LamellaError } from "../shared/errors.ts";
import { bundleModule } from "../shared/kernels/own/bundle.ts";
import { bundleKey } from "../shared/kernels/own/load.ts";
import { publishedReference } from "../shared/kernels/own/published.ts";
import { openStore } from "../shared/storage/uri.ts";
import type { PublishFlags } from "./commands/publish.ts";
import { stackNameOf } from "./stack-name.ts";

/**
 * Bundles a module and puts it into a stack's control bucket under its digest, from where uploads' steps may use it. Throws NOT_FOUND,
 * INVALID_ARGS for one that doesn't bundle or exports nothing, INVALID_ARGUMENT for a stack that allows no such kernels, STACK_NOT_FOUND,
 * ACCESS_DENIED.
 */
export async function publishKernels(module: string, flags: PublishFlags): Promise<void> {
  const { bundle, exports } = await bundleModule(path.resolve(module));
  if (exports.length === 0) {
    throw new LamellaError("INVALID_ARGS", `${module} exports nothing`, {
      hint: "Export the functions that steps are to name.",
    });
  }
  const stack = await findStack(flags.stack);
  const name = stackNameOf(flags.stack);
  if (stack.uploadKernels === false) {
    throw new LamellaError("INVALID_ARGUMENT", `stack ${name} allows no own kernels in uploads`, {
      hint: `Deploy it with --context uploadKernels=true first. SECURITY.md says what that means.`,
    });
  }
  const control = await openStore(`s3://${stack.controlBucket}`);
  const key = bundleKey(bundle.sha256);
  await control.put(key, bundle.code, { contentType: "text/javascript" });
  const modules = exports.map((each) => publishedReference(bundle.sha256, each));
  const answer = { stack: name, uri: `${control.uri}/${key}`, sha256: bundle.sha256, modules };
  process.stdout.write(
    flags.json ? `${JSON.stringify(answer)}\n` : modules.map((each) => `module: "${each}"\n`).join(""),
  );
}
