import type { Metadata } from "h5wasm";
import type { DType } from "../../block/dtype.ts";

const CLASS = {
  integer: 0,
  float: 1,
  time: 2,
  string: 3,
  bitfield: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enum: 8,
  vlen: 9,
  array: 10,
  complex: 11,
} as const;

export interface ElementType {
  readonly dtype: DType;
  /** The bytes that the library gives are big-endian: it swaps numbers, but not enumerations. */
  readonly swapped: boolean;
}

/** What HDF5's type is here, or its name where it is none of numbers. h5py stores bool as an enumeration of FALSE and TRUE. */
export function elementType(type: Metadata): ElementType | { readonly refused: string } {
  switch (type.type) {
    case CLASS.integer:
      return number(type.signed ? "int" : "uint", type.size, false);
    case CLASS.bitfield:
      return number("uint", type.size, false);
    case CLASS.float:
      return type.size === 1 ? refused("float of 1 byte") : number("float", type.size, false);
    case CLASS.enum: {
      const members = Object.keys(type.enum_type?.members ?? {});
      const isBool =
        type.size === 1 && members.length === 2 && members.includes("FALSE") && members.includes("TRUE");
      if (isBool) return { dtype: "bool", swapped: false };
      if (type.enum_type?.type !== CLASS.integer) return refused("enumeration of no integers");
      return number(type.signed ? "int" : "uint", type.size, !type.littleEndian && type.size > 1);
    }
    case CLASS.string:
      return refused("string");
    case CLASS.compound: {
      const names = type.compound_type?.members.map((member) => member.name).join(", ");
      return refused(names === "r, i" || names === "real, imag" ? "complex" : `compound (${names})`);
    }
    case CLASS.reference:
      return refused("reference");
    case CLASS.vlen:
      return refused("variable-length");
    case CLASS.array:
      return refused("array");
    default:
      return refused(
        Object.entries(CLASS).find(([, code]) => code === type.type)?.[0] ?? `class ${type.type}`,
      );
  }
}

function number(
  kind: "int" | "uint" | "float",
  size: number,
  swapped: boolean,
): ReturnType<typeof elementType> {
  const sizes = kind === "float" ? [2, 4, 8] : [1, 2, 4, 8];
  if (!sizes.includes(size)) return refused(`${kind} of ${size} bytes`);
  return { dtype: `${kind}${8 * size}` as DType, swapped };
}

function refused(name: string): { readonly refused: string } {
  return { refused: name };
}
