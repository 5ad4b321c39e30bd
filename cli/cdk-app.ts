import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { ERROR_CODES, type ErrorCode, LamellaError } from "../shared/errors.ts";

/** This package's folder: the sources and the bundles lie one folder deep in it. */
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What the CDK app needs beside this package; pinned, for they are tested together. */
const LIBRARIES = ["aws-cdk-lib", "constructs", "cdk-nag"] as const;
const CLI = "aws-cdk";

export interface CdkOptions {
  /** Context that goes to the app, NAME=VALUE. */
  readonly context: readonly string[];
  /** The terminal may be asked. */
  readonly interactive: boolean;
  readonly quiet?: boolean;
}

/**
 * Runs the pinned `cdk` with this package's own app; what it says goes to stderr. Throws CDK_NOT_FOUND where it isn't installed,
 * NOT_BOOTSTRAPPED, the app's own coded errors, and DEPLOY_FAILED with its last lines.
 */
export async function runCdk(args: readonly string[], options: CdkOptions): Promise<void> {
  const cdk = findCdk();
  const app = ["infra/app.ts", "dist/infra-app.js"].find((file) => existsSync(path.join(root, file)));
  if (app === undefined) throw missing("the stack's CDK app is not part of this installation");
  const child = spawn(
    process.execPath,
    [
      cdk,
      ...args,
      ...[
        "--app",
        [process.execPath, path.join(root, app)].map(escaped).join(" "),
        "--no-notices",
        "--no-color",
      ],
      ...options.context.flatMap((pair) => ["-c", pair]),
    ],
    {
      cwd: root,
      stdio: [options.interactive ? "inherit" : "ignore", "pipe", "pipe"],
      env: { ...process.env, CDK_DISABLE_VERSION_CHECK: "1", CDK_DISABLE_CLI_TELEMETRY: "true" },
    },
  );
  const { code, said } = await ended(child, options.quiet !== true);
  if (code !== 0) throw failure(said);
}

/** A word of a shell's command; cdk takes quotes around a whole command away. */
function escaped(word: string): string {
  return word.replace(/[^\w@%+=:,./-]/g, "\\$&");
}

async function ended(child: ChildProcess, show: boolean): Promise<{ code: number | null; said: string }> {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-64 * 1024);
      if (show) process.stderr.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

/** The script of `cdk`: beside this package, or of the project that it is used in. What the app imports must be beside this package. */
function findCdk(): string {
  const here = createRequire(path.join(root, "package.json"));
  if (LIBRARIES.some((library) => resolved(here, `${library}/package.json`) === undefined))
    throw missing("the AWS CDK is not installed beside Lamella");
  const cdk =
    resolved(here, `${CLI}/package.json`) ??
    resolved(createRequire(path.join(process.cwd(), "package.json")), `${CLI}/package.json`);
  if (cdk === undefined) throw missing("the AWS CDK's own command line is not installed");
  return path.join(path.dirname(cdk), "bin/cdk");
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

function missing(message: string): LamellaError {
  const versions: { readonly [name: string]: string } = manifest.devDependencies;
  return new LamellaError("CDK_NOT_FOUND", message, {
    hint: `In the project that Lamella is installed in: npm install --save-dev ${[CLI, ...LIBRARIES].map((tool) => `${tool}@${versions[tool]}`).join(" ")}`,
  });
}

/** What a failed `cdk` said, as a coded error. */
export function failure(said: string): LamellaError {
  const own = /^error\[([A-Z_]+)\]: (.*)$/m.exec(said);
  const hint = /^hint: (.*)$/m.exec(said)?.[1];
  if (own?.[1] && own[1] in ERROR_CODES)
    return new LamellaError(own[1] as ErrorCode, own[2] ?? "", hint ? { hint } : {});
  if (/has not been bootstrapped|bootstrap stack version|cdk-bootstrap\/.*not found/i.test(said))
    return notBootstrapped("this account and region");
  if (
    /ExpiredToken|Unable to resolve AWS account|Need to perform AWS calls|could not be used to assume/i.test(
      said,
    )
  )
    return new LamellaError("NO_CREDENTIALS", lastLine(said), {
      hint: "`lamella doctor` tells who you are and what is missing.",
    });
  return new LamellaError("DEPLOY_FAILED", `cdk failed: ${lastLine(said)}`, {
    hint: "The stack's events in the CloudFormation console say which resource failed, and why. CloudFormation rolls back to what was there.",
    details: { said: said.trimEnd().split("\n").slice(-20) },
  });
}

export function notBootstrapped(where: string): LamellaError {
  return new LamellaError("NOT_BOOTSTRAPPED", `the AWS CDK has not been set up in ${where}`, {
    hint: "Once an account and region, with an administrator's rights: `npx cdk bootstrap aws://ACCOUNT/REGION`.",
  });
}

function lastLine(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  return (
    lines.findLast((line) => /fail|error|❌/i.test(line)) ??
    lines.findLast((line) => line !== "") ??
    "it said nothing"
  );
}
