import { LamellaError } from "../errors.ts";

/** One entry of an index: an element, a slice, or `null` for a new axis of length 1. */
export type IndexEntry = number | SliceEntry | null;

/** numpy's start:stop:step; absent means as in numpy. */
export interface SliceEntry {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

const ENTRY = /^\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?)?$/;

/**
 * Parses an index as numpy writes it, without the brackets: "0, :, 10:20, ::-2, ..., newaxis". `rank` says how many
 * axes the ellipsis, or the end, stands for. Throws INVALID_ARGUMENT.
 */
export function parseIndex(text: string, rank: number, step: string): IndexEntry[] {
  const entries: (IndexEntry | "...")[] = text.split(",").map((part) => parseEntry(part, text, step));
  if (entries.filter((entry) => entry === "...").length > 1) throw invalid(text, step, "it has two ellipses");
  const given = entries.filter((entry) => entry !== "..." && entry !== null).length;
  const missing = rank - given;
  if (missing < 0) {
    throw invalid(text, step, `it has ${given} entries for ${rank} axes`);
  }
  const rest = Array.from({ length: missing }, (): IndexEntry => ({}));
  const at = entries.indexOf("...");
  const before = (at < 0 ? entries : entries.slice(0, at)) as IndexEntry[];
  const after = (at < 0 ? [] : entries.slice(at + 1)) as IndexEntry[];
  return [...before, ...rest, ...after];
}

function parseEntry(part: string, text: string, step: string): IndexEntry | "..." {
  const trimmed = part.trim();
  if (trimmed === "...") return "...";
  if (trimmed === "newaxis" || trimmed === "None") return null;
  const match = ENTRY.exec(trimmed);
  if (!match || trimmed === "") throw invalid(text, step, `"${trimmed}" is neither a number nor a slice`);
  const [, a, b, c] = match;
  if (!trimmed.includes(":")) return Number(a);
  return {
    ...(a === undefined ? {} : { start: Number(a) }),
    ...(b === undefined ? {} : { stop: Number(b) }),
    ...(c === undefined ? {} : { step: Number(c) }),
  };
}

/** The elements that a slice picks on an axis of `n`: the first, the distance to the next, and how many. As Python's slice.indices. */
export function resolveSlice(
  slice: SliceEntry,
  n: number,
  step: string,
): { readonly start: number; readonly step: number; readonly count: number } {
  const by = slice.step ?? 1;
  if (by === 0) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: a slice's step is not zero`, {
      hint: "Leave it out for every element; -1 reverses the axis.",
    });
  }
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(Math.max(value < 0 ? value + n : value, low), high);
  const start =
    slice.start === undefined
      ? by > 0
        ? 0
        : n - 1
      : clamp(slice.start, by > 0 ? 0 : -1, by > 0 ? n : n - 1);
  const stop =
    slice.stop === undefined ? (by > 0 ? n : -1) : clamp(slice.stop, by > 0 ? 0 : -1, by > 0 ? n : n - 1);
  const count = Math.max(0, Math.ceil((stop - start) / by));
  return { start, step: by, count };
}

function invalid(text: string, step: string, why: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `step ${step}: index "${text}": ${why}`, {
    hint: 'Write it as numpy does, e.g. "0, :, 10:20, ::2"; a shorter one leaves the last axes whole.',
  });
}
