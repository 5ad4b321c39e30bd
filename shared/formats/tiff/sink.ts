import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/** Where a file is written from front to back; only its first bytes are filled in last. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Completes the file: `head` replaces its first bytes. */
  finish(head: Uint8Array): Promise<void>;
  /** Gives the file up: nothing is left under its name. */
  abort(): Promise<void>;
}

/** A file that takes its name only when it is complete. */
export async function fileSink(target: string): Promise<ByteSink> {
  await fs.mkdir(path.dirname(path.resolve(target)), { recursive: true });
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  const handle = await fs.open(temporary, "wx");
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        at += (await handle.write(bytes, at)).bytesWritten;
      }
    },
    async finish(head) {
      await handle.write(head, 0, head.length, 0);
      await handle.close();
      await fs.rename(temporary, target);
    },
    async abort() {
      await handle.close().catch(() => undefined);
      await fs.rm(temporary, { force: true });
    },
  };
}

/** A file in memory, for small images and for stores that take whole objects. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = [];
  #bytes: Uint8Array | undefined;

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(new Uint8Array(bytes));
  }

  async finish(head: Uint8Array): Promise<void> {
    this.#bytes = new Uint8Array(Buffer.concat(this.#parts));
    this.#bytes.set(head);
    this.#parts.length = 0;
  }

  async abort(): Promise<void> {
    this.#parts.length = 0;
  }

  /** The finished file. */
  get bytes(): Uint8Array {
    if (!this.#bytes) throw new RangeError("the file is not finished");
    return this.#bytes;
  }
}
