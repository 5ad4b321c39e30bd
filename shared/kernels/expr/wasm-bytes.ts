// The part of the WebAssembly binary format that an expression needs: https://webassembly.github.io/spec/core/binary

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ImportedFunction {
  readonly name: string;
  readonly type: FunctionType;
}

/** Pages of the kernel module's memory type: shared, at most 4 GiB. */
const MAX_PAGES = 65_536;

/**
 * A module of one function, exported as `run`, which imports the shared memory `env.memory` and functions of
 * `kernels`; imported functions are numbered first, from 0.
 */
export function encodeModule(
  imports: readonly ImportedFunction[],
  type: FunctionType,
  locals: readonly (readonly [count: number, type: ValueType])[],
  code: readonly number[],
): Uint8Array<ArrayBuffer> {
  const types = [...imports.map((one) => one.type), type];
  const body = [...vector(locals.map(([count, one]) => [...unsigned(count), one])), ...code, 0x0b];
  const memory = [...text("env"), ...text("memory"), 0x02, 0x03, ...unsigned(1), ...unsigned(MAX_PAGES)];
  const functions = imports.map((one, i) => [...text("kernels"), ...text(one.name), 0x00, ...unsigned(i)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      vector(types.map((one) => [0x60, ...vector(bytes(one.params)), ...vector(bytes(one.results))])),
    ),
    ...section(2, vector([memory, ...functions])),
    ...section(3, vector([unsigned(imports.length)])),
    ...section(7, vector([[...text("run"), 0x00, ...unsigned(imports.length)]])),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

/** LEB128. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return out;
}

/** LEB128 of a signed integer. */
export function signed(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    out.push(done ? low : low | 0x80);
    if (done) return out;
  }
}

function bytes(types: readonly number[]): number[][] {
  return types.map((type) => [type]);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  const encoded = [...new TextEncoder().encode(value)];
  return [...unsigned(encoded.length), ...encoded];
}
