import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Shows the output on stderr as it comes; otherwise it is kept for the error. */
  readonly show?: boolean;
}

/** Runs a program and answers its stdout. Throws an Error with the last lines of output where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    ...(options.cwd ? { cwd: options.cwd } : {}),
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    all += text;
    if (options.show) process.stderr.write(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    all += text;
    if (options.show) process.stderr.write(text);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code === 0) return stdout;
  const last = all.trimEnd().split("\n").slice(-40).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed (${code ?? "killed"}):\n${last}`);
}

/** True where the program exists and succeeds. */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}
