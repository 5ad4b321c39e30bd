import { spawn } from "node:child_process";
import { LamellaError } from "../../errors.ts";
import type { Tool } from "./tools.ts";

/** Of what a program says on its way out, the last lines are shown. */
const LAST_LINES = 12;
const LAST_CHARACTERS = 4000;
/** What showinf may say: OME-XML of a large plate. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface RunToolOptions {
  readonly signal?: AbortSignal | undefined;
  /** Keep what it says on its standard output; else it is thrown away. */
  readonly output?: boolean;
}

/**
 * Runs a program of Bio-Formats to its end; what it printed, where that is asked for. Throws READER_FAILED with its last
 * lines where it fails or is killed, INTERRUPTED where the signal came.
 */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  { signal, output = false }: RunToolOptions = {},
): Promise<string> {
  const child = spawn(tool.command, [...tool.prefix, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const last = new Tail();
  const printed: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (!output) last.add(chunk);
    else if (bytes <= MAX_OUTPUT_BYTES) printed.push(chunk);
    else child.kill();
  });
  child.stderr.on("data", (chunk: Buffer) => last.add(chunk));
  const stop = (): void => void child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve([code, killedBy]));
    });
    if (signal?.aborted) throw interrupted(tool);
    if (bytes > MAX_OUTPUT_BYTES && output)
      throw failed(tool, `printed more than ${MAX_OUTPUT_BYTES} bytes`, last);
    if (killedBy !== null) throw failed(tool, `was killed by ${killedBy}`, last, KILLED_HINT);
    if (code !== 0) throw failed(tool, `failed with exit status ${code}`, last);
    return Buffer.concat(printed).toString();
  } catch (error) {
    if (error instanceof LamellaError) throw error;
    throw failed(tool, `could not be started: ${error instanceof Error ? error.message : error}`, last);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

const KILLED_HINT = "Often there was too little memory: free some, or give the tool less with BF_MAX_MEM.";

function failed(tool: Tool, what: string, last: Tail, hint?: string): LamellaError {
  const lines = last.text();
  return new LamellaError("READER_FAILED", `${tool.name} ${what}${lines === "" ? "" : `:\n${lines}`}`, {
    hint: hint ?? `Run \`${tool.name}\` on the file itself to see all that it says.`,
    details: { tool: tool.name, command: tool.command },
  });
}

function interrupted(tool: Tool): LamellaError {
  return new LamellaError("INTERRUPTED", `interrupted while ${tool.name} was at work`, {
    hint: "Nothing was written: give the same command to start again.",
  });
}

/** The end of what a program says. */
class Tail {
  #text = "";

  add(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString()).slice(-2 * LAST_CHARACTERS);
  }

  text(): string {
    // Java says where it was in its own sources, which helps nobody here.
    const lines = this.#text
      .trim()
      .split(/\r?\n|\r/)
      .filter((line) => !/^\s+at /.test(line));
    return lines.slice(-LAST_LINES).join("\n").slice(-LAST_CHARACTERS);
  }
}
