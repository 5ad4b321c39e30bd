// Opcodes of WebAssembly's v128 instructions (after the prefix 0xfd), by shape where they come in shapes:
// https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions

/** Lanes of an integer or float of so many bytes. */
export type Shape = "i8x16" | "i16x8" | "i32x4" | "i64x2" | "f32x4" | "f64x2";

export const V = {
  load: 0,
  load8Splat: 7,
  load16Splat: 8,
  load32Splat: 9,
  load64Splat: 10,
  store: 11,
  const: 12,
  shuffle: 13,
  not: 77,
  and: 78,
  andnot: 79,
  or: 80,
  xor: 81,
  bitselect: 82,
  store32Lane: 90,
  store64Lane: 91,
  load32Zero: 92,
  load64Zero: 93,
  demoteZero: 94,
  promoteLow: 95,
  narrow16Signed: 101,
  narrow16Unsigned: 102,
  narrow32Signed: 133,
  narrow32Unsigned: 134,
  truncF32Signed: 248,
  truncF32Unsigned: 249,
  convertF32Signed: 250,
  convertF32Unsigned: 251,
  truncF64SignedZero: 252,
  truncF64UnsignedZero: 253,
  convertLowF64Signed: 254,
  convertLowF64Unsigned: 255,
} as const;

export const SPLAT: { readonly [shape in Shape]: number } = {
  i8x16: 15,
  i16x8: 16,
  i32x4: 17,
  i64x2: 18,
  f32x4: 19,
  f64x2: 20,
};

/** Of 8 and 16 bits the one that extends the sign; the next extends zeros. */
export const EXTRACT: { readonly [shape in Shape]: number } = {
  i8x16: 21,
  i16x8: 24,
  i32x4: 27,
  i64x2: 29,
  f32x4: 31,
  f64x2: 33,
};

export const REPLACE: { readonly [shape in Shape]: number } = {
  i8x16: 23,
  i16x8: 26,
  i32x4: 28,
  i64x2: 30,
  f32x4: 32,
  f64x2: 34,
};

/** extend_low of the next smaller integer lanes, signed; then extend_high signed, low unsigned, high unsigned. */
export const EXTEND_LOW: { readonly [shape: string]: number } = { i16x8: 135, i32x4: 167, i64x2: 199 };

type Table = { readonly [shape in Shape]?: number };

/** Same opcode whatever the sign. */
export const ARITHMETIC: { readonly [name: string]: Table } = {
  neg: { i8x16: 97, i16x8: 129, i32x4: 161, i64x2: 193, f32x4: 225, f64x2: 237 },
  abs: { i8x16: 96, i16x8: 128, i32x4: 160, i64x2: 192, f32x4: 224, f64x2: 236 },
  sqrt: { f32x4: 227, f64x2: 239 },
  ceil: { f32x4: 103, f64x2: 116 },
  floor: { f32x4: 104, f64x2: 117 },
  trunc: { f32x4: 105, f64x2: 122 },
  rint: { f32x4: 106, f64x2: 148 },
  add: { i8x16: 110, i16x8: 142, i32x4: 174, i64x2: 206, f32x4: 228, f64x2: 240 },
  sub: { i8x16: 113, i16x8: 145, i32x4: 177, i64x2: 209, f32x4: 229, f64x2: 241 },
  mul: { i16x8: 149, i32x4: 181, i64x2: 213, f32x4: 230, f64x2: 242 },
  div: { f32x4: 231, f64x2: 243 },
};

/** Signed, or of floats; where `UNSIGNED` has the name and shape, the next opcode is the unsigned one. */
export const ORDER: { readonly [name: string]: Table } = {
  min: { i8x16: 118, i16x8: 150, i32x4: 182, f32x4: 232, f64x2: 244 },
  max: { i8x16: 120, i16x8: 152, i32x4: 184, f32x4: 233, f64x2: 245 },
  eq: { i8x16: 35, i16x8: 45, i32x4: 55, i64x2: 214, f32x4: 65, f64x2: 71 },
  ne: { i8x16: 36, i16x8: 46, i32x4: 56, i64x2: 215, f32x4: 66, f64x2: 72 },
  lt: { i8x16: 37, i16x8: 47, i32x4: 57, i64x2: 216, f32x4: 67, f64x2: 73 },
  gt: { i8x16: 39, i16x8: 49, i32x4: 59, i64x2: 217, f32x4: 68, f64x2: 74 },
  le: { i8x16: 41, i16x8: 51, i32x4: 61, i64x2: 218, f32x4: 69, f64x2: 75 },
  ge: { i8x16: 43, i16x8: 53, i32x4: 63, i64x2: 219, f32x4: 70, f64x2: 76 },
};
