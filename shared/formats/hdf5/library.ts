import { createContext, Script } from "node:vm";
import type { Metadata } from "h5wasm";
import { LamellaError } from "../../errors.ts";
import type { PagedFile } from "./paged-file.ts";

/** What of h5wasm's module is called. Paths begin with "/"; ids and pointers into its memory are BigInts. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array;
  readonly FS: FileSystem;
  readonly H5F_ACC_RDONLY: number;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(name: string, mode: number): bigint;
  close_file(id: bigint): number;
  get_names(id: bigint, path: string, recursive: boolean): string[];
  get_type(id: bigint, path: string): number;
  get_dataset_metadata(id: bigint, path: string): Metadata;
  get_dataset_filters(id: bigint, path: string): { readonly id: number; readonly name: string }[];
  get_dataset_data(
    id: bigint,
    path: string,
    count: bigint[] | null,
    offset: bigint[] | null,
    step: bigint[] | null,
    pointer: bigint,
  ): number;
  get_attribute_names(id: bigint, path: string): string[];
  get_attribute_metadata(id: bigint, path: string, name: string): Metadata;
  get_attribute_data(id: bigint, path: string, name: string, pointer: bigint): number;
  reclaim_vlen_memory(id: bigint, path: string, name: string, pointer: bigint): number;
  get_dimension_labels(id: bigint, path: string): (string | null)[];
  get_attached_scales(id: bigint, path: string, axis: number): string[];
}

/** What of Emscripten's file system is used. */
interface FileSystem {
  createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FileNode;
  unlink(path: string): void;
  getStream(fd: number): { tty?: { ops: object } } | null;
  readonly ErrnoError: new (errno: number) => Error;
}

interface FileNode {
  stream_ops: { [operation: string]: unknown };
}

const EIO = 29;
/** Longer lists come of damaged files alone: filters, members of a type. */
const LONGEST_LIST = 4096;

/**
 * An instance of h5wasm, which serves all files of a thread. It is loaded at the first HDF5 file: four megabytes, a third of a second.
 * The module's own factory is called, not the package's entry, which holds one instance for ever: after a trap there must be another.
 */
export class Hdf5Library {
  readonly module: Hdf5Module;
  #count = 0;
  #stopped = false;
  #said: string[] = [];

  static #current: Promise<Hdf5Library> | undefined;

  static load(): Promise<Hdf5Library> {
    Hdf5Library.#current ??= (async () => {
      // @ts-expect-error: the package types its entry alone
      const { default: create } = await import("../../../node_modules/h5wasm/dist/esm/hdf5_util.js");
      return new Hdf5Library((await create({ noInitialRun: true })) as Hdf5Module);
    })();
    return Hdf5Library.#current;
  }

  /** Lets go of the instance, whose memory never shrinks: the next file gets another. Files that are open keep theirs. */
  static forget(): void {
    Hdf5Library.#current = undefined;
  }

  private constructor(module: Hdf5Module) {
    this.module = module;
    // The library prints its error stack; errors carry the innermost line of it instead.
    const line: number[] = [];
    const put = (_tty: unknown, char: number | null): void => {
      if (char !== null && char !== 10 && line.length < 1024) line.push(char);
      else if (line.length > 0)
        this.#said = [...this.#said.slice(-63), String.fromCharCode(...line.splice(0))];
    };
    for (const fd of [1, 2]) {
      const tty = module.FS.getStream(fd)?.tty;
      if (tty) tty.ops = { ...tty.ops, put_char: put, fsync: () => undefined };
    }
  }

  /** Makes a file known to the library, under the name that comes back. */
  mount(file: PagedFile): string {
    const name = `${this.#count++}.h5`;
    const { FS } = this.module;
    const node = FS.createFile("/", name, {}, true, false);
    Object.defineProperty(node, "usedBytes", { get: () => file.file.size });
    node.stream_ops = {
      ...node.stream_ops,
      read: (
        _stream: unknown,
        buffer: Int8Array,
        offset: number,
        length: number,
        position: number,
      ): number => {
        const heap = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
        const got = file.readSync(heap, offset, length, position);
        if (got === undefined) throw new FS.ErrnoError(EIO);
        return got;
      },
    };
    return `/${name}`;
  }

  unmount(name: string, id: bigint): void {
    if (this.#stopped) return;
    try {
      this.module.close_file(id);
      this.module.FS.unlink(name);
    } catch {
      this.#stop();
    }
  }

  /**
   * Runs a synchronous call, for `milliseconds` at most: damaged files make the library go round in circles. One that was stopped, or has
   * trapped, leaves the instance in no known state, so nothing is called after it: files that it has opened are lost, and the next one gets
   * a new instance. Throws HDF5_MALFORMED.
   */
  call<T>(run: () => T, uri: string, milliseconds: number): T {
    if (this.#stopped) throw stopped(uri, "it was stopped by a damaged file");
    this.#said = [];
    SANDBOX.run = run;
    try {
      return WATCHED.runInContext(SANDBOX, { timeout: Math.ceil(milliseconds) }) as T;
    } catch (error) {
      const isLate = (error as { code?: unknown } | undefined)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
      if (!isLate && !isTrap(error)) throw error;
      this.#stop();
      const why = error instanceof Error ? error.message : String(error);
      throw stopped(uri, isLate ? `it did not end within ${Math.ceil(milliseconds / 1000)} s` : why, error);
    } finally {
      SANDBOX.run = nothing;
    }
  }

  #stop(): void {
    this.#stopped = true;
    Hdf5Library.forget();
    // a call that was ended from outside leaves no way for its own cleaning
    Reflect.deleteProperty(Array.prototype, LONGEST_LIST);
  }

  /** What the library said last, of its own error stack: "unable to read raw data chunk". */
  get complaint(): string | undefined {
    const stack = this.#said.filter((line) => /#\d+:/.test(line));
    return stack.at(-1)?.replace(/^.*?\(\):\s*/, "");
  }
}

const nothing = (): unknown => undefined;
const SANDBOX = createContext({ run: nothing }) as { run: () => unknown };
/** V8's watchdog stops WebAssembly too, which nothing else on the same thread could. */
const WATCHED = new Script("run()");

/**
 * The library's bindings loop as often as an unchecked count says, which is -1, thus four thousand million, where a file is damaged; the
 * lists that they fill so stop at an index that no such list of a sound file has. For a
 * type's members and a dataset's filters alone.
 */
export function boundedLists<T>(run: () => T): T {
  Object.defineProperty(Array.prototype, LONGEST_LIST, {
    configurable: true,
    set(): void {
      throw new ListTooLong("a list in it has no end");
    },
  });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(Array.prototype, LONGEST_LIST);
  }
}

class ListTooLong extends Error {}

function isTrap(error: unknown): boolean {
  return (
    error instanceof ListTooLong ||
    (error instanceof Error && (error.name === "RuntimeError" || /^Aborted/.test(error.message)))
  );
}

function stopped(uri: string, why: string, cause?: unknown): LamellaError {
  return new LamellaError("HDF5_MALFORMED", `${uri}: the HDF5 library can't read this file: ${why}`, {
    hint: "The file is damaged: copy it again from its source, or look at it with h5dump.",
    details: { file: uri },
    ...(cause === undefined ? {} : { cause }),
  });
}
