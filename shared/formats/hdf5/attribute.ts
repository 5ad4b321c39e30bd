import type { Metadata } from "h5wasm";
import { type DType, isDType, itemSize, viewOf } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";
import { elementType } from "./dtype.ts";
import { boundedLists, type Hdf5Module } from "./library.ts";

const STRING = 3;
const ARRAY = 10;
/** H5T_STR_SPACEPAD. */
const SPACE_PADDED = 2;
/** Attributes beyond this are left alone. */
const MOST_BYTES = 1 << 20;

/**
 * An attribute's value as JSON: numbers and text, a list where it has axes (flat). Undefined where it is of another type, or too large.
 * Synchronous, as the library is.
 */
export function readAttribute(module: Hdf5Module, id: bigint, path: string, name: string): Json | undefined {
  const type = boundedLists(() => module.get_attribute_metadata(id, path, name));
  const size = type.size * type.total_size;
  if (type.shape === null || !(size <= MOST_BYTES) || size === 0) return undefined;
  const pointer = module._malloc(size);
  if (!pointer) return undefined;
  try {
    if (module.get_attribute_data(id, path, name, BigInt(pointer)) < 0) return undefined;
    const bytes = module.HEAPU8.slice(pointer, pointer + size);
    const values = valuesOf(module, type, bytes);
    if (type.vlen) module.reclaim_vlen_memory(id, path, name, BigInt(pointer));
    return values === undefined || type.shape.length > 0 ? values : values[0];
  } finally {
    module._free(pointer);
  }
}

function valuesOf(module: Hdf5Module, type: Metadata, bytes: Uint8Array): Json[] | undefined {
  if (type.type === STRING)
    return type.vlen ? pointedTexts(module, bytes) : texts(bytes, type.size, type.strpad === SPACE_PADDED);
  if (type.type === ARRAY && type.array_type) return valuesOf(module, type.array_type, bytes);
  const element = elementType(type);
  if ("refused" in element || element.swapped || !isDType(element.dtype)) return undefined;
  return numbers(element.dtype, bytes);
}

function pointedTexts(module: Hdf5Module, bytes: Uint8Array): string[] {
  const pointers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  return Array.from(pointers, (at) => (at === 0 ? "" : module.UTF8ToString(at)));
}

/** Fixed length: ended by a zero or by its length, or padded with spaces as Fortran does. */
function texts(bytes: Uint8Array, size: number, spaces: boolean): string[] {
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => {
    const own = bytes.subarray(i * size, (i + 1) * size);
    const end = own.indexOf(0);
    const text = new TextDecoder().decode(end < 0 ? own : own.subarray(0, end));
    return spaces ? text.trimEnd() : text;
  });
}

function numbers(dtype: DType, bytes: Uint8Array): Json[] {
  const values = viewOf(dtype, bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / itemSize(dtype)));
  return Array.from(values as Iterable<number | bigint>, (value) =>
    dtype === "bool" ? value !== 0 : Number.isFinite(Number(value)) ? Number(value) : String(value),
  );
}
