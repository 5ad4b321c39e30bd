import { type Json, LamellaError } from "../../errors.ts";
import type { ArrayNode, BlockInput, LiteralInput } from "../nodes.ts";
import { blockNode, moduleOf, noHalo, type OwnKernel, type OwnOptions, stepOfOwn } from "./block-node.ts";

/** An array with a letter for each of its axes, or a value that is handed over as it is. */
export type BlockwiseArgument = readonly [array: ArrayNode, index: string] | { readonly literal: Json };

export interface BlockwiseOptions extends OwnOptions {
  /** Axes that only the result has, by letter: their length in one block, or the sizes of their blocks. */
  readonly newAxes?: { readonly [letter: string]: number | readonly number[] };
  /** Sizes of the result's blocks by letter: one for all, a list with one each, or a function of the size. */
  readonly adjustChunks?: {
    readonly [letter: string]: number | readonly number[] | ((size: number) => number);
  };
  /** Axes that are contracted reach the function whole (true, the default), or as nested lists of blocks. */
  readonly concatenate?: boolean;
}

/**
 * A function on blocks that meet by index notation: `blockwise(fn, "tij", [[series, "tij"], [mask, "ij"]])`. Letters that the result
 * hasn't are contracted. Equals dask.array.blockwise.
 */
export function blockwise(
  kernel: OwnKernel,
  out: string,
  args: readonly BlockwiseArgument[],
  options: BlockwiseOptions = {},
): ArrayNode {
  const step = stepOfOwn(kernel, options.step, "blockwise");
  const letters = new Map<string, number>();
  const labelOf = (letter: string): number => {
    const known = letters.get(letter) ?? letters.size;
    letters.set(letter, known);
    return known;
  };
  const inputs = args.map((argument): BlockInput | LiteralInput => {
    if ("literal" in argument) return { literal: argument.literal };
    const [node, index] = argument;
    checkIndex(index, `the index of ${node.step}`, step);
    if (index.length !== node.shape.length) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: index "${index}" has ${index.length} letters, and ${node.step} ${node.shape.length} axes`,
        { hint: "Give one letter for each axis." },
      );
    }
    return { node, labels: [...index].map(labelOf), ...noHalo(node) };
  });
  checkIndex(out, "the index of the result", step);
  const known = new Set(letters.keys());
  const added = options.newAxes ?? {};
  const outBlocks = new Map<number, readonly number[]>();
  const newNames = new Map<number, string>();
  for (const [letter, size] of Object.entries(added)) {
    if (known.has(letter) || !out.includes(letter)) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: newAxes names ${letter}, which is ${known.has(letter) ? "an input's already" : "not in the result"}`,
        { hint: "New axes are letters of the result that no input has." },
      );
    }
    outBlocks.set(labelOf(letter), sizesOf(size, 1, letter, step));
    newNames.set(labelOf(letter), letter);
  }
  for (const letter of out) {
    if (letters.has(letter)) continue;
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: letter ${letter} of the result is no input's`, {
      hint: `Give its length: newAxes: { ${letter}: 3 }.`,
    });
  }
  const labels = [...out].map(labelOf);
  const request = {
    op: "blockwise" as const,
    kernel: moduleOf(kernel),
    options,
    step,
    inputs,
    out: labels,
    outBlocks,
    newNames,
    concatenate: options.concatenate ?? true,
  };
  const adjusted = Object.entries(options.adjustChunks ?? {});
  if (adjusted.length === 0) return blockNode(request);
  const before = blockNode({ ...request, options: { dtype: options.dtype ?? "uint8" } });
  for (const [letter, wanted] of adjusted) {
    const axis = out.indexOf(letter);
    if (axis < 0) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: adjustChunks names ${letter}, which the result hasn't`,
        {
          hint: `Its letters are ${[...out].join(", ")}.`,
        },
      );
    }
    const sizes = before.chunks[axis]!;
    const given = typeof wanted === "function" ? sizes.map(wanted) : wanted;
    outBlocks.set(labels[axis]!, sizesOf(given, sizes.length, letter, step));
  }
  return blockNode(request);
}

function sizesOf(
  given: number | readonly number[],
  count: number,
  letter: string,
  step: string,
): readonly number[] {
  const sizes = typeof given === "number" ? new Array<number>(count).fill(given) : given;
  if (Array.isArray(sizes) && sizes.length > 0 && sizes.every((n) => Number.isInteger(n) && n >= 0))
    return sizes;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${JSON.stringify(given)} are no sizes of blocks along ${letter}`,
    {
      hint: "Give a whole number, or a list of them.",
    },
  );
}

function checkIndex(index: unknown, what: string, step: string): void {
  if (typeof index === "string" && /^[A-Za-z]*$/.test(index)) {
    if (what !== "the index of the result" || new Set(index).size === index.length) return;
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${what} names a letter twice: "${index}"`, {
      hint: "Give each axis of the result a letter of its own.",
    });
  }
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${what} is ${JSON.stringify(index)}, and not letters`,
    {
      hint: 'Write it as "tij".',
    },
  );
}
