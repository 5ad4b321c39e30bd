import {
  allocate,
  bytesOf,
  type DType,
  integerRange,
  isBigInt,
  isFloat,
  itemSize,
  viewOf,
} from "../block/dtype.ts";

const NON_FINITE: { readonly [name: string]: number } = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "+Infinity": Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/**
 * A fill value as metadata or a plan has it, as a value of `dtype`: numbers, booleans, integers as strings, "NaN",
 * "Infinity", v3's hexadecimal bit patterns ("0x7fc00000", most significant byte first) and base64 of the
 * little-endian bytes. null, which leaves the value open, is 0. Undefined for anything else.
 */
export function parseFillValue(raw: unknown, dtype: DType): number | bigint | undefined {
  if (raw === null || raw === undefined) return isBigInt(dtype) ? 0n : 0;
  if (typeof raw === "boolean") return dtype === "bool" ? Number(raw) : undefined;
  if (isFloat(dtype)) return parseFloatFill(raw, dtype);
  const integer = integerOf(raw);
  if (integer === undefined) return typeof raw === "string" ? bitsOf(raw, dtype) : undefined;
  const [least, most] = integerRange(dtype);
  if (integer < least || integer > most) return undefined;
  return isBigInt(dtype) ? integer : Number(integer);
}

function parseFloatFill(raw: unknown, dtype: DType): number | bigint | undefined {
  if (typeof raw === "number" || typeof raw === "bigint") return rounded(Number(raw), dtype);
  if (typeof raw !== "string") return undefined;
  if (Object.hasOwn(NON_FINITE, raw)) return NON_FINITE[raw];
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(raw)) return rounded(Number(raw), dtype);
  return bitsOf(raw, dtype);
}

function integerOf(raw: unknown): bigint | undefined {
  if (typeof raw === "bigint") return raw;
  if (typeof raw === "number") return Number.isInteger(raw) ? BigInt(raw) : undefined;
  return typeof raw === "string" && /^-?\d+$/.test(raw) ? BigInt(raw) : undefined;
}

function bitsOf(text: string, dtype: DType): number | bigint | undefined {
  const size = itemSize(dtype);
  let bytes: Uint8Array;
  if (/^0x[0-9a-f]+$/i.test(text)) bytes = Uint8Array.from(Buffer.from(text.slice(2), "hex")).reverse();
  else if (text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text))
    bytes = Uint8Array.from(Buffer.from(text, "base64"));
  else return undefined;
  return bytes.byteLength === size ? viewOf(dtype, bytes.buffer, 0, 1)[0] : undefined;
}

function rounded(value: number, dtype: DType): number {
  const cell = allocate(dtype, 1);
  cell[0] = value;
  return cell[0] as number;
}

/** The value's bytes in memory: NaN is the canonical quiet one, -0 keeps its sign. */
export function fillBytes(value: number | bigint, dtype: DType): Uint8Array {
  const cell = allocate(dtype, 1);
  cell[0] = value;
  return bytesOf(cell);
}

/** The value as v2 and v3 metadata hold it. */
export function fillToJson(value: number | bigint, dtype: DType): boolean | number | bigint | string {
  if (dtype === "bool") return value !== 0;
  if (typeof value === "bigint" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
