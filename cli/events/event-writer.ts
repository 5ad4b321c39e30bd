import { closeSync, openSync, writeSync } from "node:fs";
import { LamellaError } from "../../shared/errors.ts";
import type { EventBody } from "./event-documents.ts";
import { EVENTS_VERSION } from "./schema.ts";

/** Where events go: a file that is added to, or `-` for stdout. Each line is with the system before the run goes on. */
export class EventWriter {
  readonly #file: number | undefined;
  readonly #failed: (message: string) => void;
  #dead = false;

  /** Throws INVALID_ARGUMENT where the file can't be opened. `failed` is told when it can't be written to later; the run goes on. */
  constructor(target: string, failed: (message: string) => void) {
    this.#failed = failed;
    if (target === "-") return;
    try {
      this.#file = openSync(target, "a");
    } catch (cause) {
      throw new LamellaError("INVALID_ARGUMENT", `--events ${target}: ${(cause as Error).message}`, {
        hint: "Name a file in a folder that is there, or - for stdout.",
        cause,
      });
    }
  }

  write(runId: string, body: EventBody): void {
    if (this.#dead) return;
    const line = `${JSON.stringify({ version: EVENTS_VERSION, time: new Date().toISOString(), runId, ...body })}\n`;
    if (this.#file === undefined) {
      process.stdout.write(line);
      return;
    }
    try {
      const bytes = Buffer.from(line);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.#dead = true;
      this.#failed(`events are no longer written: ${(error as Error).message}`);
    }
  }

  close(): void {
    if (this.#file === undefined || this.#dead) return;
    this.#dead = true;
    closeSync(this.#file);
  }
}
