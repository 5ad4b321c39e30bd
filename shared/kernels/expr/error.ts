import { LamellaError } from "../../errors.ts";

/** A fault of an expression, with the place in its text (characters from 0) and a look at it. */
export function expressionError(text: string, at: number, problem: string, hint?: string): LamellaError {
  const around = text.slice(Math.max(0, at - 24), at + 24).replace(/\s+/g, " ");
  const cut = `${at > 24 ? "…" : ""}${around}${at + 24 < text.length ? "…" : ""}`;
  return new LamellaError("INVALID_EXPRESSION", `${problem}, at character ${at + 1} of "${cut}"`, {
    ...(hint === undefined ? {} : { hint }),
    details: { at },
  });
}
