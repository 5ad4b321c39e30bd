import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { type DType, itemSize, viewOf } from "../../shared/block/dtype.ts";

const DTYPE_OF: { readonly [descr: string]: DType } = {
  "|b1": "bool",
  "|i1": "int8",
  "|u1": "uint8",
  "<i2": "int16",
  "<u2": "uint16",
  "<i4": "int32",
  "<u4": "uint32",
  "<i8": "int64",
  "<u8": "uint64",
  "<f2": "float16",
  "<f4": "float32",
  "<f8": "float64",
};

/** Reads a C-order .npy file (numpy.lib.format, versions 1 to 3), gzipped where its name says so. */
export function readNpy(file: string): Block {
  const stored = readFileSync(file);
  const bytes = file.endsWith(".gz") ? gunzipSync(stored) : stored;
  if (bytes.toString("latin1", 1, 6) !== "NUMPY") throw new Error(`${file} is not a .npy file`);
  const long = bytes[6]! > 1;
  const start = long ? 12 : 10;
  const headerLength = long ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", start, start + headerLength);
  const descr = /'descr': '([^']+)'/.exec(header)?.[1] ?? "";
  const dtype = DTYPE_OF[descr.replace(">", "<")];
  if (dtype === undefined || header.includes("'fortran_order': True")) throw new Error(`${file}: ${header}`);
  const shape = [...(/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "").matchAll(/\d+/g)].map(Number);
  const body = Uint8Array.from(bytes.subarray(start + headerLength));
  if (descr.startsWith(">")) swapBytes(body, itemSize(dtype));
  return { dtype, shape, data: viewOf(dtype, body.buffer, 0, sizeOf(shape)) };
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
