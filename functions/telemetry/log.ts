import type { Json } from "../../shared/errors.ts";

export type Fields = { readonly [name: string]: Json | undefined };

let everywhere: Fields = {};

/** What every further line says as well. A function's environment has one invocation at a time. */
export function sayEverywhere(fields: Fields): void {
  everywhere = fields;
}

/**
 * Writes one line of JSON to the function's log: `level`, `time`, `message`, what every line says (`runId`, `stage`, `batch`, `requestId`,
 * `function`, `version`, `memoryMB`), and the given fields. Past the console, which Lambda's runtime puts words of its own before: metrics
 * are found in lines of JSON alone.
 */
export function log(level: "INFO" | "WARN" | "ERROR", message: string, fields: Fields = {}): void {
  const line = { level, time: new Date().toISOString(), message, ...everywhere, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
