import { type Block, sizeOf } from "../../block/block.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import { type DType, isBigInt, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { elementsOf } from "../../zarr/codecs/bytes.ts";
import { elementType } from "./dtype.ts";
import type { Hdf5File, Hdf5Info } from "./file.ts";

/** Filters that h5wasm has: deflate, shuffle, fletcher32, szip, nbit, scaleoffset. */
const KNOWN_FILTERS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6]);
/** Names of the registered filters that are met most, where a file gives none. */
const FILTER_NAMES: { readonly [id: number]: string } = {
  305: "lzo",
  307: "bzip2",
  32000: "lzf",
  32001: "blosc",
  32004: "lz4",
  32008: "bitshuffle",
  32013: "zfp",
  32015: "zstd",
  32026: "blosc2",
};

/** Chunks smaller than this are read several at once. */
const LEAST_BYTES = 256 * 1024;
/** The slabs in which a dataset without chunks is read. */
const SLAB_BYTES = 4 * 1024 * 1024;
/** The library's memory holds a chunk twice. */
const MOST_CHUNK_BYTES = 256 * 1024 * 1024;

/** An HDF5 dataset of numbers. What was never written is the dataset's fill value, which the library puts there. */
export class Hdf5Dataset implements ChunkedSource {
  readonly label: string;
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Whole chunks of the file; several where they are small. */
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  /** The chunks of the file, where it has them. */
  readonly storedChunks: readonly number[] | undefined;
  readonly filters: readonly string[];
  readonly #file: Hdf5File;
  readonly #swapped: boolean;

  /** Opens the dataset at `path`. Throws NOT_FOUND, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC, HDF5_UNSUPPORTED, HDF5_MALFORMED. */
  static async open(file: Hdf5File, path: string): Promise<Hdf5Dataset> {
    const kind = await file.kindOf(path);
    if (kind === "dataset") return new Hdf5Dataset(file, path, await file.info(path));
    const datasets = (await file.datasetsBelow(kind === "group" ? path : "")).slice(0, 8);
    throw new LamellaError(
      "NOT_FOUND",
      `${file.file.uri}: ${kind === "group" ? `/${path} is a group, not a dataset` : `there is no /${path}`}`,
      {
        hint:
          datasets.length === 0
            ? "There is no dataset there."
            : `Datasets there: ${datasets.map((each) => `/${each}`).join(", ")}.`,
        details: { file: file.file.uri, path, datasets },
      },
    );
  }

  private constructor(file: Hdf5File, path: string, { type, filters }: Hdf5Info) {
    this.label = `${file.file.uri}#${path}`;
    this.path = path;
    this.#file = file;
    const element = elementType(type);
    if ("refused" in element) {
      throw new LamellaError(
        "UNSUPPORTED_DTYPE",
        `${this.label}: dtype ${element.refused} is not supported`,
        {
          hint: "Datasets of bool, integers and floats of 16, 32 and 64 bits are read.",
          details: { uri: this.label, dtype: element.refused },
        },
      );
    }
    if (type.shape === null) throw this.#unsupported("a null dataspace, which holds nothing");
    const elsewhere = type.virtual_sources?.find((source) => source.file_name !== ".");
    if (elsewhere) throw this.#unsupported(`parts of other files (virtual, ${elsewhere.file_name})`);
    const foreign = filters.find(({ id }) => !KNOWN_FILTERS.has(id));
    if (foreign) {
      const name = FILTER_NAMES[foreign.id] ?? (foreign.name || `number ${foreign.id}`);
      throw new LamellaError("UNSUPPORTED_CODEC", `${this.label}: filter ${name} is not supported`, {
        hint: "Write it again with gzip: h5repack -f GZIP=4 IN.h5 OUT.h5 (with the filter's plugin installed).",
        details: { uri: this.label, codec: name },
      });
    }
    this.dtype = element.dtype;
    this.#swapped = element.swapped;
    this.shape = type.shape;
    if (!this.shape.every(Number.isSafeInteger) || !Number.isSafeInteger(sizeOf(this.shape)))
      throw this.#unsupported(`a shape of ${this.shape.join(" x ")}`);
    this.fillValue = isBigInt(element.dtype) ? 0n : 0;
    this.storedChunks = type.chunks ?? undefined;
    this.filters = filters.map(({ id, name }) => FILTER_NAMES[id] ?? name);
    this.chunkShape = readShape(this.shape, this.storedChunks, itemSize(this.dtype));
    const bytes = sizeOf(this.chunkShape) * itemSize(this.dtype);
    if (bytes > MOST_CHUNK_BYTES)
      throw this.#unsupported(`a chunk of ${this.chunkShape.join(" x ")}, over 256 MiB`);
  }

  async readChunk(coords: readonly number[]): Promise<Block> {
    const start = coords.map((c, axis) => c * this.chunkShape[axis]!);
    const shape = this.chunkShape.map((n, axis) => Math.min(n, this.shape[axis]! - start[axis]!));
    const bytes = await this.#file.read(this.path, start, shape, sizeOf(shape) * itemSize(this.dtype));
    const data = elementsOf(bytes, this.dtype, this.#swapped ? "big" : "little", true);
    if (this.dtype === "bool") for (let i = 0; i < data.length; i++) data[i] = data[i] ? 1 : 0;
    return { dtype: this.dtype, shape, data };
  }

  #unsupported(what: string): LamellaError {
    return new LamellaError("HDF5_UNSUPPORTED", `${this.label} has ${what}`, {
      hint: "Copy the dataset into a file of its own first, with smaller chunks: h5repack or h5py.",
      details: { uri: this.label },
    });
  }
}

/** The box that is read at once: whole stored chunks, last axes first, or a slab of an array without chunks. */
function readShape(
  shape: readonly number[],
  chunks: readonly number[] | undefined,
  itemBytes: number,
): number[] {
  const unit = chunks ?? shape.map(() => 1);
  const box = unit.map((n, axis) => Math.max(1, Math.min(n, shape[axis]!)));
  const most = chunks ? LEAST_BYTES : SLAB_BYTES;
  let bytes = sizeOf(box) * itemBytes;
  for (let axis = box.length - 1; axis >= 0 && bytes < most; axis--) {
    const whole = Math.max(1, Math.ceil(shape[axis]! / box[axis]!));
    const times = Math.min(whole, Math.max(1, Math.floor(most / bytes)));
    bytes *= times;
    box[axis] = Math.min(box[axis]! * times, Math.max(1, shape[axis]!));
    if (times < whole) break;
  }
  return box;
}
