import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { LamellaError } from "../../errors.ts";
import { errnoOf, fileError } from "../../storage/file-errors.ts";
import { makeFolder } from "../../storage/make-folder.ts";
import { isGone, processMark } from "../../storage/process-mark.ts";

/** Where a file is written from front to back; only its first bytes are filled in last. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes that have been written: smaller levels are made from larger ones. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Completes the file: `head` replaces its first bytes. */
  finish(head: Uint8Array): Promise<void>;
  /** Gives the file up: nothing is left under its name. */
  abort(): Promise<void>;
}

export interface FileSinkOptions {
  /** Replace a file of the name; default true. Without it, one that is there at the end is OUTPUT_EXISTS. */
  readonly overwrite?: boolean;
}

/**
 * A file that takes its name only when it is complete and on the disk. Throws OUTPUT_EXISTS, STORAGE_FULL,
 * ACCESS_DENIED, STORAGE_FAILED.
 */
export async function fileSink(target: string, options: FileSinkOptions = {}): Promise<ByteSink> {
  const folder = path.dirname(path.resolve(target));
  const temporary = `${target}.${processMark()}-${randomBytes(4).toString("hex")}.tmp`;
  const coded = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw fileError(error, "write", target);
    }
  };
  const handle = await coded(async () => {
    await makeFolder(folder);
    await removeAbandoned(folder, path.basename(target));
    return fs.open(temporary, "wx+");
  });
  return {
    write: (bytes) =>
      coded(async () => {
        for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
      }),
    read: (offset, length) =>
      coded(async () => {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
          if (bytesRead === 0) throw new RangeError(`nothing is written at ${offset + at} yet`);
          at += bytesRead;
        }
        return bytes;
      }),
    finish: (head) =>
      coded(async () => {
        await handle.write(head, 0, head.length, 0);
        await handle.sync();
        await handle.close();
        if (options.overwrite ?? true) await fs.rename(temporary, target);
        else await takeName(temporary, target);
      }),
    async abort() {
      await handle.close().catch(() => undefined);
      await fs.rm(temporary, { force: true });
    },
  };
}

/** What processes that were killed have left of the same file. */
async function removeAbandoned(folder: string, name: string): Promise<void> {
  for (const other of await fs.readdir(folder)) {
    if (!other.startsWith(`${name}.`)) continue;
    const mark = /^([0-9a-f]{8}-\d+-\d+)-[0-9a-f]{8}\.tmp$/.exec(other.slice(name.length + 1))?.[1];
    if (mark && isGone(mark)) await fs.rm(path.join(folder, other), { force: true });
  }
}

/** Gives a file its name, which of several writers only the first gets. */
async function takeName(temporary: string, target: string): Promise<void> {
  try {
    await fs.link(temporary, target);
    await fs.unlink(temporary);
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "EEXIST") throw outputExists(target);
    // Filesystems without hard links: a look, then a rename.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errno)) throw error;
    const there = await fs.lstat(target).then(
      () => true,
      () => false,
    );
    if (there) throw outputExists(target);
    await fs.rename(temporary, target);
  }
}

export function outputExists(target: string): LamellaError {
  return new LamellaError("OUTPUT_EXISTS", `output ${target} exists`, {
    hint: "Choose another name, or replace it with --overwrite.",
    details: { output: target },
  });
}

/** A file in memory, for small images and for stores that take whole objects. */
export class MemorySink implements ByteSink {
  readonly #parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #size = 0;
  #bytes: Uint8Array | undefined;

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push({ at: this.#size, bytes: new Uint8Array(bytes) });
    this.#size += bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (const { at, bytes } of this.#parts) {
      const from = Math.max(offset, at);
      const to = Math.min(offset + length, at + bytes.length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return out;
  }

  async finish(head: Uint8Array): Promise<void> {
    this.#bytes = new Uint8Array(Buffer.concat(this.#parts.map(({ bytes }) => bytes)));
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
