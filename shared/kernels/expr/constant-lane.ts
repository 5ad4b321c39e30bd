import { allocate, bytesOf, type DType } from "../../block/dtype.ts";

/** The bytes of one lane that holds a value; of float16 its value as float32, of bool a mask. */
export function constantLane(dtype: DType, value: number | bigint): Uint8Array {
  if (dtype === "bool") return Uint8Array.of(value ? 0xff : 0);
  const lane = allocate(dtype === "float16" ? "float32" : dtype, 1) as { [i: number]: number | bigint };
  lane[0] = dtype === "int64" || dtype === "uint64" ? BigInt(value) : Number(value);
  return bytesOf(lane as never);
}
