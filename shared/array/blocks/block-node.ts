import type { Axis } from "../../block/axes.ts";
import type { Boundary } from "../../block/boundary.ts";
import { DTYPES, type DType, isDType } from "../../block/dtype.ts";
import { requireCountable } from "../../block/limits.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { kernelOfFunction } from "../../kernels/own/module-kernel.ts";
import type { ModuleKernel, OwnFunction } from "../../kernels/own/own-kernel.ts";
import { isLazyScalar, type LazyScalar, takeScalars } from "../../kernels/scalars.ts";
import { hintOfNames } from "../../nearest-name.ts";
import { coarsenedAxis } from "../axis-facts.ts";
import type { ArrayNode, BlockInput, BlockwiseNode, LiteralInput } from "../nodes.ts";
import { blocksByLabel, type LabelledAxis } from "./unify.ts";

/** An own kernel as operations take it: an exported function, or `moduleKernel("file.ts", "name")`. */
export type OwnKernel = OwnFunction | ModuleKernel;

/** What operations on own kernels take in common. */
export interface OwnOptions {
  /** Dtype of the result; default: the first input's. */
  readonly dtype?: DType;
  readonly step?: string;
  /** Handed to the function as `context.args`: plain JSON, and 0-d arrays. */
  readonly args?: { readonly [name: string]: Json | LazyScalar };
  /** Memory that the function takes besides its inputs and its result, as a multiple of its inputs; 1 by default. */
  readonly scratch?: number;
}

export interface BlockNodeRequest {
  readonly op: BlockwiseNode["op"];
  readonly kernel: ModuleKernel | undefined;
  readonly options: OwnOptions;
  readonly step: string;
  readonly inputs: readonly (BlockInput | LiteralInput)[];
  readonly out: readonly number[];
  /** Blocks of the result along labels whose blocks it changes, or which only it has. */
  readonly outBlocks: ReadonlyMap<number, readonly number[]>;
  /** Names of labels that only the result has. */
  readonly newNames?: ReadonlyMap<number, string>;
  readonly concatenate?: boolean;
  readonly trim?: boolean;
  readonly anyBlock?: boolean;
  readonly output?: { readonly index: number; readonly count: number };
}

/** The name of an own kernel's step. Throws INVALID_ARGUMENT for what is none: a built-in kernel, or nothing that can be called. */
export function stepOfOwn(kernel: OwnKernel, step: string | undefined, unnamed: string): string {
  if (typeof kernel === "function") return step ?? (kernel.name || unnamed);
  if ((kernel as Partial<ModuleKernel> | undefined)?.kind === "module") return step ?? kernel.exportName;
  const { kernel: builtIn } = Object(kernel) as { kernel?: unknown };
  throw new LamellaError(
    "INVALID_ARGUMENT",
    typeof builtIn === "string"
      ? `step ${step ?? builtIn}: ${unnamed} takes own kernels; ${builtIn} is built in`
      : `step ${step ?? unnamed}: the kernel is neither a function nor a module's`,
    {
      hint: 'Give an exported function, or moduleKernel("file.ts", "name"); built-in kernels go to mapBlocks and mapOverlap.',
    },
  );
}

/** The module behind an own kernel. Throws INVALID_ARGS for a function that can't be carried to a worker. */
export function moduleOf(kernel: OwnKernel): ModuleKernel {
  return typeof kernel === "function" ? kernelOfFunction(kernel) : kernel;
}

/** Lays a function of blocks over its inputs: blocks meet by label; facts follow from them. */
export function blockNode(request: BlockNodeRequest): BlockwiseNode {
  const { step, inputs, out, options, outBlocks } = request;
  const arrays = inputs.filter((input): input is BlockInput => "node" in input);
  const dtype = checkedDType(options.dtype ?? arrays[0]?.node.dtype, step);
  const found = blocksByLabel(
    arrays.flatMap(({ node, labels }) =>
      labels.map(
        (label, axis): LabelledAxis => ({
          label,
          size: node.shape[axis]!,
          blocks: node.chunks[axis]!,
          where: `axis ${node.axes[axis]!.name} of ${node.step}`,
        }),
      ),
    ),
    step,
  );
  const count = Math.max(-1, ...out, ...found.keys()) + 1;
  const labelBlocks = Array.from(
    { length: count },
    (_, label) => found.get(label) ?? outBlocks.get(label) ?? [1],
  );
  const chunks = out.map((label) => outBlocks.get(label) ?? labelBlocks[label]!);
  for (const [axis, label] of out.entries()) {
    if (chunks[axis]!.length === labelBlocks[label]!.length) continue;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${chunks[axis]!.length} chunks were given for axis ${axis} of the result, which has ${labelBlocks[label]!.length} blocks`,
      { hint: "Give one size for all blocks of an axis, or a list with one each." },
    );
  }
  const axes = out.map((label, i) => axisOfLabel(arrays, label, i, chunks[i]!, request.newNames));
  const { args, scalars } = argsOf(options, step);
  const scratch = options.scratch ?? 1;
  if (!(scratch >= 0 && scratch <= 1000)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: scratch ${scratch} is not a multiple of the inputs`,
      {
        hint: "Give 2 where the function takes twice its inputs besides them.",
      },
    );
  }
  const channels = channelsOf(arrays, axes);
  const shape = chunks.map((blocks) => blocks.reduce((a, b) => a + b, 0));
  requireCountable(shape, step);
  return Object.freeze({
    kind: "blockwise",
    op: request.op,
    ...(request.kernel ? { call: request.kernel } : {}),
    args,
    scalars,
    inputs,
    out,
    labelBlocks,
    concatenate: request.concatenate ?? true,
    trim: request.trim ?? true,
    anyBlock: request.anyBlock ?? false,
    ...(request.output ? { output: request.output } : {}),
    scratch,
    shape,
    chunks,
    dtype,
    axes,
    ...(channels ? { channels } : {}),
    step,
  });
}

function checkedDType(dtype: DType | undefined, step: string): DType {
  if (dtype !== undefined && isDType(dtype)) return dtype;
  throw new LamellaError(
    "UNSUPPORTED_DTYPE",
    dtype === undefined
      ? `step ${step}: the result's dtype isn't known`
      : `step ${step}: dtype ${String(dtype)} is not known`,
    { hint: dtype === undefined ? "Give dtype." : hintOfNames(String(dtype), DTYPES) },
  );
}

function argsOf(options: OwnOptions, step: string): Pick<BlockwiseNode, "args" | "scalars"> {
  const given = options.args ?? {};
  const taken = takeScalars({ name: step, scalars: Object.keys(given) }, given);
  let args: BlockwiseNode["args"];
  try {
    args = JSON.parse(JSON.stringify(taken.args)) as BlockwiseNode["args"];
  } catch (cause) {
    throw new LamellaError("INVALID_ARGS", `step ${step}: args can't be carried to a worker as JSON`, {
      hint: "Use numbers, text, booleans, lists and maps.",
      cause,
    });
  }
  for (const [name, value] of Object.entries(given)) {
    if (isLazyScalar(value) || plain(value)) continue;
    throw new LamellaError(
      "INVALID_ARGS",
      `step ${step}: args.${name} can't be carried to a worker as JSON`,
      {
        hint: "Use numbers, text, booleans, lists and maps.",
      },
    );
  }
  return { args, scalars: taken.scalars.map(({ node }) => node as ArrayNode) };
}

function plain(value: unknown): boolean {
  if (value === null || ["boolean", "string"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((entry) => isLazyScalar(entry) || plain(entry));
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value as object).every((entry) => isLazyScalar(entry) || plain(entry));
}

/**
 * The axis of the longest input along a label. One whose blocks shrink keeps its extent where that divides; of other changes, halos
 * among them, nobody knows where the elements lie.
 */
function axisOfLabel(
  arrays: readonly BlockInput[],
  label: number,
  index: number,
  blocks: readonly number[],
  names: ReadonlyMap<number, string> | undefined,
): Axis {
  const found = arrays
    .filter(({ labels }) => labels.includes(label))
    .map(({ node, labels }) => ({
      axis: node.axes[labels.indexOf(label)]!,
      n: node.shape[labels.indexOf(label)]!,
    }))
    .sort((a, b) => b.n - a.n)[0];
  if (!found) return { name: names?.get(label) ?? `new_${index}`, scale: 1, translation: 0 };
  const size = blocks.reduce((a, b) => a + b, 0);
  const { axis, n } = found;
  if (size === n || size === 0 || axis.type === "channel") return axis;
  if (n % size === 0) return coarsenedAxis(axis, n / size);
  return { name: axis.name, ...(axis.type ? { type: axis.type } : {}), scale: 1, translation: 0 };
}

function channelsOf(arrays: readonly BlockInput[], axes: readonly Axis[]): ArrayNode["channels"] {
  const hasChannels = axes.some((axis) => axis.type === "channel");
  return arrays.find(
    ({ node }) => node.channels && (hasChannels || node.axes.every((a) => a.type !== "channel")),
  )?.node.channels;
}

/** No halo, nothing beyond the ends. */
export function noHalo(node: ArrayNode): Pick<BlockInput, "depth" | "boundary"> {
  return {
    depth: node.shape.map(() => [0, 0] as const),
    boundary: node.shape.map((): Boundary => "none"),
  };
}
