import { startLamella } from "../../support/lamella.ts";
import { builtPage } from "./viewer.ts";

/** `lamella view` at work. */
export interface Viewing {
  readonly url: string;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** Starts `lamella view ARGS --no-open --json` and waits for its address. Throws with what it said where it ends before. */
export async function view(
  args: readonly string[],
  cwd: string,
  { isOpened = false, env = {} }: { isOpened?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Viewing> {
  await builtPage();
  const open = isOpened ? [] : ["--no-open"];
  const { child, done } = startLamella(["view", ...args, ...open, "--json"], cwd, env);
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = "";
    child.stdout.on("data", (text: string) => {
      stdout += text;
      if (stdout.endsWith("\n")) resolve((JSON.parse(stdout) as { url: string }).url);
    });
    done.then(
      ({ status, stderr }) => reject(new Error(`lamella view ended with ${status}: ${stderr}`)),
      reject,
    );
  });
  return {
    url,
    stop() {
      child.kill("SIGINT");
      return done;
    },
  };
}
