import type { DType } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { ArrayNode, BlockInput } from "../nodes.ts";
import { blockNode, moduleOf, noHalo, type OwnKernel, type OwnOptions, stepOfOwn } from "./block-node.ts";
import { coreBack, coreLast, placesOf, wholeCore } from "./gufunc-axes.ts";
import { parseSignature, type Signature } from "./gufunc-signature.ts";

export type AxisName = number | string;

export interface GufuncOptions extends Omit<OwnOptions, "dtype"> {
  /** Where each input, and after them each output, has its core dimensions: a list of lists. Default: the last axes. */
  readonly axes?: readonly (AxisName | readonly AxisName[])[];
  /** The one core dimension's axis, where every input has just that one; outputs that have one have it there too. Instead of `axes`. */
  readonly axis?: AxisName;
  /** Keep core dimensions that are reduced, with length 1; all inputs have the same, and the outputs none. */
  readonly keepdims?: boolean;
  /** Lengths of core dimensions that only outputs have. */
  readonly outputSizes?: { readonly [dimension: string]: number };
  /** Of each output. Default: the first input's. */
  readonly outputDtypes?: DType | readonly DType[];
  /** Instead of `outputDtypes`. */
  readonly dtype?: DType;
}

/**
 * A function with a signature of core dimensions, over all other axes, which broadcast: numpy's generalized ufuncs. The function gets
 * blocks whose last axes are its core dimensions, whole. Gives an array for each output. Equals dask.array.apply_gufunc.
 */
export function applyGufunc(
  kernel: OwnKernel,
  signature: string,
  inputs: readonly ArrayNode[],
  options: GufuncOptions = {},
): ArrayNode[] {
  const step = stepOfOwn(kernel, options.step, "applyGufunc");
  const parsed = parseSignature(signature, step);
  if (parsed.inputs.length !== inputs.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: signature "${signature}" takes ${parsed.inputs.length} arrays, ${inputs.length} were given`,
      { hint: "Give one array for each group in brackets before ->." },
    );
  }
  const places = placesOf(parsed, inputs, options, step);
  const arranged = inputs.map((input, i) => coreLast(input, places.inputs[i]!, step));
  const loops = arranged.map((input, i) => input.shape.length - parsed.inputs[i]!.length);
  const rank = Math.max(0, ...loops);
  const sizes = coreSizes(parsed, arranged, options, step);
  const names = [...sizes.keys()];
  const label = (name: string): number => rank + names.indexOf(name);
  const labelled = arranged.map((node, i): BlockInput => {
    const loop = Array.from({ length: loops[i]! }, (_, axis) => rank - loops[i]! + axis);
    return {
      node: wholeCore(node, loops[i]!),
      labels: [...loop, ...parsed.inputs[i]!.map(label)],
      ...noHalo(node),
    };
  });
  const dtypes = dtypesOf(parsed, options, step);
  const module = moduleOf(kernel);
  return parsed.outputs.map((core, index) => {
    const loop = Array.from({ length: rank }, (_, axis) => axis);
    const own = core.filter((name) => !parsed.inputs.some((dims) => dims.includes(name)));
    const { dtype: _, ...rest } = options;
    const node = blockNode({
      op: "applyGufunc",
      kernel: module,
      options: { ...rest, ...(dtypes[index] === undefined ? {} : { dtype: dtypes[index] }) },
      step: parsed.outputs.length > 1 ? `${step}.${index}` : step,
      inputs: labelled,
      out: [...loop, ...core.map(label)],
      outBlocks: new Map(own.map((name) => [label(name), [sizes.get(name)!]])),
      newNames: new Map(own.map((name) => [label(name), name])),
      ...(parsed.outputs.length > 1 ? { output: { index, count: parsed.outputs.length } } : {}),
    });
    return coreBack(node, core.length, places.outputs[index], options.keepdims === true, places.kept, step);
  });
}

function coreSizes(
  { inputs, outputs }: Signature,
  arranged: readonly ArrayNode[],
  options: GufuncOptions,
  step: string,
): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [i, dims] of inputs.entries()) {
    const node = arranged[i]!;
    for (const [k, name] of dims.entries()) {
      const n = node.shape[node.shape.length - dims.length + k]!;
      const known = sizes.get(name) ?? n;
      if (known !== n) {
        throw new LamellaError(
          "SHAPE_MISMATCH",
          `step ${step}: core dimension ${name} has ${known} elements, and ${n} in ${node.step}`,
          { hint: "Dimensions of one name have one length." },
        );
      }
      sizes.set(name, n);
    }
  }
  for (const name of outputs.flat()) {
    if (sizes.has(name)) continue;
    const n = options.outputSizes?.[name];
    if (n === undefined || !Number.isInteger(n) || n < 0) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: the length of output dimension ${name} isn't known`,
        {
          hint: `Give outputSizes: { ${name}: 10 }.`,
        },
      );
    }
    sizes.set(name, n);
  }
  for (const name of Object.keys(options.outputSizes ?? {})) {
    if (outputs.flat().includes(name) && !inputs.flat().includes(name)) continue;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: outputSizes names ${name}, which isn't a dimension of outputs alone`,
      { hint: "The lengths of dimensions that inputs have are theirs: leave them out." },
    );
  }
  return sizes;
}

function dtypesOf(
  { outputs }: Signature,
  { outputDtypes, dtype }: GufuncOptions,
  step: string,
): (DType | undefined)[] {
  if (outputDtypes !== undefined && dtype !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: give dtype or outputDtypes, not both`, {
      hint: "outputDtypes has one for each output, dtype is for all.",
    });
  }
  const given = outputDtypes ?? dtype;
  if (given === undefined || typeof given === "string") return outputs.map(() => given);
  if (given.length === outputs.length) return [...given];
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: outputDtypes has ${given.length} entries for ${outputs.length} outputs`,
    {
      hint: "Give one dtype, or one for each output.",
    },
  );
}
