import { LamellaError } from "../../errors.ts";

/** CHUNK_DECODE as a codec throws it; the array's reader adds the key. */
export function decodeError(codec: string, what: string, cause?: unknown): LamellaError {
  return new LamellaError("CHUNK_DECODE", `${codec}: ${what}`, {
    hint: "The chunk is damaged or was cut short. Copy it again from its source, or write the array again.",
    details: { codec },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** CHUNK_DECODE for a size that is not what the array's metadata says. */
export function sizeError(codec: string, expected: number, got: number | string): LamellaError {
  return decodeError(codec, `decodes to ${got} bytes where the array's metadata says ${expected}`);
}
