import { spawn } from "node:child_process";
import path from "node:path";

const MAIN = path.resolve(import.meta.dirname, "../../cli/main.ts");
/** Compiled code is kept here for the next start, and not among the files of a test. */
const CACHE = path.resolve(import.meta.dirname, "../../build");

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line in a folder, without credentials or settings of this computer's user. */
export function startLamella(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const { NODE_OPTIONS: _, PATH } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: {
      PATH,
      HOME: cwd,
      XDG_CACHE_HOME: CACHE,
      NO_COLOR: "1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: "us-east-1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, ...text }));
  });
  return { child, done };
}

/** Runs the command line to its end. */
export function lamella(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  return startLamella(args, cwd, env).done;
}
