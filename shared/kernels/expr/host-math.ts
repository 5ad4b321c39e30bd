import { Heap } from "../heap.ts";
import { kernelModule } from "../wasm/module.ts";
import type { MathName } from "./graph.ts";

/** The kernel module's functions of single numbers. Expressions compiled to WebAssembly import them by these names. */
export interface MathExports {
  powerF64(x: number, y: number): number;
  powerF32(x: number, y: number): number;
  floorDivideF64(a: number, b: number): number;
  floorDivideF32(a: number, b: number): number;
  remainderF64(a: number, b: number): number;
  remainderF32(a: number, b: number): number;
  floorDivideI64(a: bigint, b: bigint): bigint;
  floorDivideU64(a: bigint, b: bigint): bigint;
  remainderI64(a: bigint, b: bigint): bigint;
  remainderU64(a: bigint, b: bigint): bigint;
  powerI64(a: bigint, b: bigint): bigint;
  powerU64(a: bigint, b: bigint): bigint;
}

let exports: MathExports | undefined;

/** The functions, for numbers that are known before anything runs: the same bits on the host as in a worker. */
export function hostMath(): MathExports {
  exports ??= new Heap(kernelModule()).exports as unknown as MathExports;
  return exports;
}

/** The name under which the kernel module exports a function. */
export function mathExport(name: MathName): string {
  return `math${name[0]!.toUpperCase()}${name.slice(1)}`;
}

export function callMath(name: MathName, args: readonly number[]): number {
  const functions = hostMath() as unknown as { readonly [name: string]: (...args: number[]) => number };
  return functions[mathExport(name)]!(...args);
}
