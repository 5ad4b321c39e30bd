import { spawn } from "node:child_process";
import path from "node:path";
import { ERROR_CODES, type ErrorCode } from "../../shared/errors.ts";
import { bundleEngine } from "./bundle.ts";
import type { Injection } from "./inject.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const bundled = bundleEngine();
/** A process that hasn't ended by then hangs. */
const PATIENCE_MS = 240_000;

interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details?: { readonly [name: string]: unknown };
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly seconds: number;
  /** The one JSON document on stdout; undefined where the process was killed before it. */
  readonly answer: { readonly error?: AnsweredError } | undefined;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly injection?: Injection | undefined;
  /** Where the injection says what it did. */
  readonly report: string;
  readonly kill?: { readonly signal: NodeJS.Signals; readonly afterMs: number } | undefined;
}

/** The command line, or with a request the child of these tests, in a process of its own. */
export async function engineProcess(args: readonly string[], options: ProcessOptions): Promise<Ended> {
  const { main, child: request, inject } = await bundled;
  const isRequest = args[0]!.startsWith("{");
  const { PATH } = process.env;
  const child = spawn(
    process.execPath,
    ["--import", inject, isRequest ? request : main, ...args, ...(isRequest ? [] : ["--json"])],
    {
      cwd: options.cwd,
      env: {
        PATH,
        HOME: options.cwd,
        XDG_CACHE_HOME: path.join(ROOT, "build"),
        NO_COLOR: "1",
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_REGION: "us-east-1",
        LAMELLA_INJECT_REPORT: options.report,
        ...(options.injection ? { LAMELLA_INJECT: JSON.stringify(options.injection) } : {}),
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text.stdout += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (text.stderr += piece));
  const started = performance.now();
  const { kill } = options;
  const timer = kill && setTimeout(() => child.kill(kill.signal), kill.afterMs);
  const patience = setTimeout(() => child.kill("SIGABRT"), PATIENCE_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      clearTimeout(patience);
      resolve({
        status,
        signal,
        seconds: (performance.now() - started) / 1000,
        answer: parsed(text.stdout),
        stderr: text.stderr,
      });
    });
  });
}

function parsed(stdout: string): Ended["answer"] {
  try {
    return JSON.parse(stdout) as NonNullable<Ended["answer"]>;
  } catch {
    return undefined;
  }
}

/** What is wrong with the way in which a process ended; undefined where it is as the interface says. */
export function misbehaviour({ status, signal, answer, stderr }: Ended): string | undefined {
  if (signal) return signal === "SIGABRT" ? `it hung, or aborted:\n${stderr}` : undefined;
  if (status === 0) return answer && !answer.error ? undefined : "it ended with 0 and printed no result";
  const error = answer?.error;
  if (!error) return `it ended with ${status} and no coded error:\n${stderr}`;
  if (!(error.code in ERROR_CODES) || error.code === "INTERNAL")
    return `the error is ${JSON.stringify(error)}`;
  // What is wrong with a command before anything is written is a run's failure once it has begun.
  const expected = ERROR_CODES[error.code as ErrorCode];
  const ofRun = /`lamella resume /.test(error.hint ?? "") || error.details?.["stage"] !== undefined;
  if (status !== expected && !(ofRun && expected === 2 && status === 1))
    return `${error.code} ended with ${status}`;
  return error.hint ? undefined : `${error.code} has no hint: ${error.message}`;
}
