/** Bytes of an object: [start, end). */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range header asks of `size` bytes (RFC 9110 14.1.2): one range, from the end too. Undefined where the whole is to be
 * sent, since the header is absent, malformed, in other units or names several ranges; "unsatisfiable" where nothing of it is there.
 */
export function parseRange(header: string | undefined, size: number): ByteSpan | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replace(/\s/g, "") ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [, first, last] = match;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
