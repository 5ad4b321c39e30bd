import { LamellaError } from "../../errors.ts";

/** Core dimensions of each input and of each output: "(i,j),(j)->(i)". */
export interface Signature {
  readonly inputs: readonly (readonly string[])[];
  readonly outputs: readonly (readonly string[])[];
}

const GROUP = /\(\s*((?:[A-Za-z_]\w*\s*(?:,\s*[A-Za-z_]\w*\s*)*)?)\)/y;

/** Parses a signature of numpy's generalized ufuncs. Throws INVALID_ARGUMENT with the place. */
export function parseSignature(text: string, step: string): Signature {
  const parts = text.split("->");
  if (parts.length !== 2) throw invalid(text, step, "it needs one ->");
  const [inputs, outputs] = parts.map((side) => groups(side, text, step));
  if (outputs!.length === 0) throw invalid(text, step, "it has no output");
  return { inputs: inputs!, outputs: outputs! };
}

function groups(side: string, text: string, step: string): string[][] {
  const found: string[][] = [];
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(side);
    if (match) at = pattern.lastIndex;
    return match !== null;
  };
  skip(/\s*/y);
  while (at < side.length) {
    if (found.length > 0 && !skip(/,\s*/y))
      throw invalid(text, step, `a comma is missing at "${side.slice(at)}"`);
    GROUP.lastIndex = at;
    const match = GROUP.exec(side);
    if (!match) throw invalid(text, step, `"${side.slice(at)}" is no list of dimensions in brackets`);
    at = GROUP.lastIndex;
    const names = match[1]!.split(",").map((name) => name.trim());
    found.push(names.length === 1 && names[0] === "" ? [] : names);
    skip(/\s*/y);
  }
  return found;
}

function invalid(text: string, step: string, why: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `step ${step}: signature "${text}": ${why}`, {
    hint: 'Write it as numpy does: "(i,j),(j)->(i)"; () is a single element.',
  });
}
