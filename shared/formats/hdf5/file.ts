import type { Metadata } from "h5wasm";
import { itemSize, viewOf } from "../../block/dtype.ts";
import { type Json, LamellaError } from "../../errors.ts";
import type { ByteFile } from "../byte-file.ts";
import { readAttribute } from "./attribute.ts";
import { elementType } from "./dtype.ts";
import { boundedLists, Hdf5Library } from "./library.ts";
import { PagedFile } from "./paged-file.ts";

/** How deep, and how many, objects are looked for: links may go round in circles. */
const DEPTH = 16;
const MOST_OBJECTS = 4096;
/** What finding out about an object may read. */
const MOST_METADATA_BYTES = 32 * 1024 * 1024;
/** A call may take so long, and the time that its bytes take to decode. */
const LONGEST_MS = 4000;
const LEAST_BYTES_PER_MS = 16 * 1024;

export interface Hdf5Info {
  readonly type: Metadata;
  readonly filters: readonly { readonly id: number; readonly name: string }[];
}

/** An opened HDF5 file: synchronous calls of h5wasm, made again until all that they read is there. */
export class Hdf5File {
  readonly file: ByteFile;
  readonly #library: Hdf5Library;
  readonly #pages: PagedFile;
  readonly #name: string;
  #id: bigint;

  /** Throws HDF5_MALFORMED. */
  static async open(file: ByteFile): Promise<Hdf5File> {
    const library = await Hdf5Library.load();
    const pages = new PagedFile(file);
    const opened = new Hdf5File(library, pages, library.mount(pages));
    opened.#id = await opened.#attempt(() => {
      const id = library.module.open(opened.#name, library.module.H5F_ACC_RDONLY);
      if (id < 0n) throw new Error("it can't be opened");
      return id;
    });
    const [name, id] = [opened.#name, opened.#id];
    FINISHED.register(opened, () => library.unmount(name, id));
    return opened;
  }

  private constructor(library: Hdf5Library, pages: PagedFile, name: string) {
    this.#library = library;
    this.#pages = pages;
    this.file = pages.file;
    this.#name = name;
    this.#id = -1n;
  }

  /** Names in a group, in the file's order, with what they are. Links that lead nowhere or to other files are left out; `most` names are looked at. */
  async children(path: string, most = MOST_OBJECTS): Promise<{ name: string; kind: "group" | "dataset" }[]> {
    const { module } = this.#library;
    return this.#attempt(() => {
      const found: { name: string; kind: "group" | "dataset" }[] = [];
      for (const name of module.get_names(this.#id, `/${path}`, false).slice(0, most)) {
        const type = module.get_type(this.#id, `/${path === "" ? "" : `${path}/`}${name}`);
        if (type === module.H5G_GROUP) found.push({ name, kind: "group" });
        else if (type === module.H5G_DATASET) found.push({ name, kind: "dataset" });
      }
      return found;
    });
  }

  /** What a path leads to; undefined for nothing. */
  async kindOf(path: string): Promise<"group" | "dataset" | undefined> {
    const { module } = this.#library;
    const type = await this.#attempt(() => module.get_type(this.#id, `/${path}`));
    return type === module.H5G_GROUP ? "group" : type === module.H5G_DATASET ? "dataset" : undefined;
  }

  /** Paths of the datasets below a group. */
  async datasetsBelow(path = "", depth = DEPTH, budget = { left: MOST_OBJECTS }): Promise<string[]> {
    const found: string[] = [];
    for (const { name, kind } of await this.children(path)) {
      if (budget.left-- <= 0) break;
      const below = path === "" ? name : `${path}/${name}`;
      if (kind === "dataset") found.push(below);
      else if (depth > 1) found.push(...(await this.datasetsBelow(below, depth - 1, budget)));
    }
    return found;
  }

  async info(path: string): Promise<Hdf5Info> {
    const { module } = this.#library;
    return this.#attempt(() =>
      boundedLists(() => ({
        type: module.get_dataset_metadata(this.#id, `/${path}`),
        filters: module.get_dataset_filters(this.#id, `/${path}`),
      })),
    );
  }

  /** An attribute's value as JSON; undefined where there is none, or it is none of numbers and text. */
  async attribute(path: string, name: string): Promise<Json | undefined> {
    const { module } = this.#library;
    return this.#attempt(() =>
      module.get_attribute_names(this.#id, `/${path}`).includes(name)
        ? readAttribute(module, this.#id, `/${path}`, name)
        : undefined,
    );
  }

  /** The file's attributes of an object, by name; at most `most`. */
  async attributes(path: string, most = 64): Promise<{ [name: string]: Json }> {
    const { module } = this.#library;
    const names = await this.#attempt(() => module.get_attribute_names(this.#id, `/${path}`));
    const found: [string, Json][] = [];
    for (const name of names.slice(0, most)) {
      const value = await this.attribute(path, name);
      if (value !== undefined && value !== null) found.push([name, value]);
    }
    return Object.fromEntries(found);
  }

  /** What a dataset's axes are called, and the datasets that are attached to them as dimension scales. */
  async dimensions(
    path: string,
    rank: number,
  ): Promise<{ label: string | undefined; scale: string | undefined }[]> {
    const { module } = this.#library;
    return this.#attempt(() => {
      const labels = module.get_dimension_labels(this.#id, `/${path}`);
      return Array.from({ length: rank }, (_, axis) => ({
        label: labels?.[axis] || undefined,
        scale: module.get_attached_scales(this.#id, `/${path}`, axis)[0]?.replace(/^\/+/, ""),
      }));
    });
  }

  /** The numbers of a one-dimensional dataset of `n` elements; undefined where it is none. */
  async numbers(path: string, n: number): Promise<number[] | undefined> {
    const { type } = await this.info(path);
    const element = elementType(type);
    if ("refused" in element || element.swapped || type.shape?.length !== 1 || type.shape[0] !== n)
      return undefined;
    const bytes = await this.read(path, [0], [n], n * itemSize(element.dtype));
    return Array.from(
      viewOf(element.dtype, bytes.buffer, bytes.byteOffset, n) as Iterable<number | bigint>,
      Number,
    );
  }

  /** A box of a dataset as bytes, little-endian but for enumerations; `size` is the box's size in bytes. Throws CHUNK_DECODE. */
  async read(
    path: string,
    start: readonly number[],
    shape: readonly number[],
    size: number,
  ): Promise<Uint8Array> {
    const { module } = this.#library;
    const [count, offset, step] = [shape, start, shape.map(() => 1)].map((list) => list.map(BigInt)) as [
      bigint[],
      bigint[],
      bigint[],
    ];
    const whole = shape.length === 0;
    // A chunk's stored bytes may be more than its decoded ones, and the box lies in several chunks.
    const most = 4 * size + MOST_METADATA_BYTES;
    return this.#attempt(
      () => {
        const pointer = module._malloc(Math.max(1, size));
        if (!pointer) throw new Error(`there is no memory for ${size} bytes`);
        try {
          const target = BigInt(pointer >>> 0);
          const status = module.get_dataset_data(
            this.#id,
            `/${path}`,
            whole ? null : count,
            whole ? null : offset,
            whole ? null : step,
            target,
          );
          if (status < 0) throw new Error("it can't be read");
          return module.HEAPU8.slice(pointer >>> 0, (pointer >>> 0) + size);
        } finally {
          module._free(pointer);
        }
      },
      most,
      "CHUNK_DECODE",
      `${path} at [${start.join(", ")}]`,
    );
  }

  async #attempt<T>(
    run: () => T,
    most = MOST_METADATA_BYTES,
    code: "HDF5_MALFORMED" | "CHUNK_DECODE" = "HDF5_MALFORMED",
    what?: string,
  ): Promise<T> {
    let failure: unknown;
    let value: T | undefined;
    this.#pages.begin();
    do {
      failure = undefined;
      if (this.#pages.missing) await this.#pages.load(most);
      try {
        value = this.#library.call(run, this.file.uri, LONGEST_MS + most / LEAST_BYTES_PER_MS);
      } catch (error) {
        if (error instanceof LamellaError) throw error;
        failure = error;
      }
    } while (this.#pages.missing);
    if (failure === undefined) return value as T;
    const said = failure instanceof Error ? failure.message : String(failure);
    const complaint = this.#library.complaint;
    throw new LamellaError(
      code,
      `${this.file.uri}${what === undefined ? "" : `, ${what}`}: ${said}${complaint === undefined ? "" : `: ${complaint}`}`,
      {
        hint: "The file may be damaged or incomplete: copy it again from its source, or look at it with h5dump.",
        details: { file: this.file.uri },
        cause: failure,
      },
    );
  }
}

/** Files that nobody holds any more are closed; their pages went before. */
const FINISHED = new FinalizationRegistry<() => void>((close) => close());
