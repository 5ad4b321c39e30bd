import { LamellaError } from "../../errors.ts";
import type { Plan } from "../../plan/schema.ts";
import { parseUri } from "../../storage/uri.ts";

/** A function reads S3 and the web; a path of some computer means nothing to it. Throws UNSUPPORTED_URI. */
export function requireReachable(plan: Pick<Plan, "outputs" | "arrays">): void {
  for (const [name, output] of Object.entries(plan.outputs))
    requireReachableUri(`output ${name}`, output.uri);
  for (const [name, array] of Object.entries(plan.arrays)) {
    if (array.role === "input") requireReachableUri(`input ${name}`, array.source.uri);
  }
}

export function requireReachableUri(what: string, uri: string): void {
  if (parseUri(uri).scheme !== "file") return;
  throw new LamellaError(
    "UNSUPPORTED_URI",
    `${what} is on this computer (${uri}), where no Lambda function can reach it`,
    {
      hint: "Copy inputs to the data bucket with `aws s3 cp`, and name s3:// places in the pipeline; or run with --on local.",
      details: { uri },
    },
  );
}
