import { readFileSync } from "node:fs";
import path from "node:path";
import { App } from "aws-cdk-lib";
import { LamellaStack, type LamellaStackProps } from "../../infra/stack.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The app as `infra/app.ts` makes it, with the context of `cdk.json`. */
export function madeApp(
  stackName = "Lamella",
  props: Partial<LamellaStackProps> = {},
): { app: App; stack: LamellaStack } {
  const { context } = JSON.parse(readFileSync(path.join(root, "cdk.json"), "utf8"));
  const app = new App({ context });
  return { app, stack: new LamellaStack(app, stackName, props) };
}

/** A template with what changes with every edit of a function left out: the hashes of its bundle and of its version. */
export function withoutHashes(template: unknown): unknown {
  const text = JSON.stringify(template)
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<hash>")
    .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, "$1");
  return JSON.parse(text);
}
