import type { OwnBlock } from "../shared/kernels/own/own-kernel.ts";

/** Each element less the smallest of its chunk. */
export function minusLow({ data }: OwnBlock<"uint16">): Uint16Array {
  const low = data.reduce((a, b) => Math.min(a, b), 65535);
  return data.map((x) => x - low);
}
