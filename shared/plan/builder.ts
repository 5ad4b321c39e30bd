import type { ComponentsNode } from "../array/components.ts";
import type { ArrayNode, CumulateNode, LabelNode, ReduceNode, TallyNode } from "../array/nodes.ts";
import { inputsOf } from "../array/nodes.ts";
import type { RareLabelsNode } from "../array/rare-labels.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { READ_AHEAD } from "../block/read-region.ts";
import { LamellaError } from "../errors.ts";
import { bundleKernel, type KernelBundle } from "../kernels/own/bundle.ts";
import type { ModuleKernel } from "../kernels/own/own-kernel.ts";
import { type PublishedKernels, publishedBundle, publishedDigest } from "../kernels/own/published.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import {
  type Budget,
  HDF5_LIBRARY_BYTES,
  MAX_TASK_BYTES,
  OWN_KERNELS_RESERVE,
  projectedPeaks,
  taskLimit,
} from "./budget.ts";
import { inputArrayOf } from "./input-array.ts";
import { pinKey } from "./pins.ts";
import { buildProgram } from "./program.ts";
import type {
  MeasureStage,
  Plan,
  PlanArray,
  PlanDecision,
  PlanWarning,
  Program,
  Stage,
  StoredArray,
} from "./schema.ts";

/** Objects of a task that may be on their way to the store at once. */
export const WRITES_IN_FLIGHT = 4;

/** URI that stands for the run's own folder, wherever the engine keeps it. */
export const RUN_FOLDER = "run:";

/**
 * Whether steps of a chain are stored on the way: by cost; never, or all that could be, so that tests can compare the two.
 */
export type Economy = "cost" | "fuse" | "store";

/** What compiling gathers: arrays, stages, warnings, and which nodes of the graph can be read from an array already. */
export class PlanBuilder {
  readonly arrays: Record<string, PlanArray> = {};
  readonly stages: Stage[] = [];
  readonly warnings: PlanWarning[] = [];
  readonly decisions: PlanDecision[] = [];
  readonly budget: Budget;
  limit: number;
  /** Bytes that the process takes for something else than tasks. */
  beside: number;
  /** Own kernels by the digest of their bundle. */
  readonly kernels: Plan["kernels"] = {};
  readonly #bundles = new Map<ModuleKernel, KernelBundle>();
  readonly economy: Economy;
  /** All nodes of the graph that is compiled: reductions of one array look there for others to go with. */
  nodes: readonly ArrayNode[] = [];
  /** Of labels that are measured: what gives the table's key in another format. */
  readonly tables = new Map<ArrayNode, (format: NonNullable<MeasureStage["format"]>) => string>();
  /** The array of an output that is a node as it is, in objects of this shape, and that nothing has been planned for yet. */
  outputOf: (node: ArrayNode, object: readonly number[]) => string | undefined = () => undefined;
  readonly #readable = new Map<ArrayNode, string>();
  /** Receipts call the run's own folder "run"; the others no plain object can have as keys of its own, or has already. */
  readonly #arrayNames = new Set<string>(["run", ...Object.getOwnPropertyNames(Object.prototype)]);
  readonly #stageNames = new Set<string>();
  #refused: { readonly step: string; readonly bytes: number } | undefined;

  readonly #pins: ReadonlyMap<string, string>;

  constructor(
    budget: Budget,
    economy: Economy = "cost",
    pins: ReadonlyMap<string, string> = new Map(),
    beside = 0,
  ) {
    this.beside = beside;
    this.#pins = pins;
    this.budget = budget;
    this.economy = economy;
    this.limit = taskLimit(budget, beside);
  }

  /** The array that a node is read from: stored by an earlier stage, or a source. Undefined: it must be computed. */
  readonly read = (node: ArrayNode): string | undefined => {
    const known = this.#readable.get(node);
    if (known !== undefined) return known;
    if (node.kind !== "source") return undefined;
    const id = this.arrayName(node.step);
    const pin = pinKey(node.source.uri, "path" in node.source ? node.source.path : "");
    const array = inputArrayOf(node);
    const pinned = this.#pins.has(pin) ? { [pin]: this.#pins.get(pin)! } : {};
    this.arrays[id] = { ...array, fingerprints: { ...array.fingerprints, ...pinned } };
    this.#readable.set(node, id);
    return id;
  };

  markStored(node: ArrayNode, array: string): void {
    if (!this.#readable.has(node)) this.#readable.set(node, array);
  }

  /** From now on a node is read from this array, wherever it was read from before. */
  readFrom(node: ArrayNode, array: string): void {
    this.#readable.set(node, array);
  }

  isReadable(node: ArrayNode): boolean {
    return node.kind === "source" || this.#readable.has(node);
  }

  addArray(id: string, array: StoredArray): string {
    this.arrays[id] = array;
    return id;
  }

  readonly warn = (warning: PlanWarning): void => {
    if (!this.warnings.some((w) => w.code === warning.code && w.step === warning.step))
      this.warnings.push(warning);
  };

  decide(decision: PlanDecision): void {
    this.decisions.push(decision);
  }

  /** The chain that computes a node from stored arrays. `instead`: a node that is read from an array which isn't stored yet; nothing is warned of then. */
  program(node: ArrayNode, instead?: { readonly node: ArrayNode; readonly array: string }): Program {
    const read = (each: ArrayNode) => (each === instead?.node ? instead.array : this.read(each));
    return buildProgram(node, read, instead ? () => {} : this.warn, (kernel) => this.#bundled(kernel).sha256);
  }

  #setAside(bytes: number): void {
    this.beside += bytes;
    this.limit = taskLimit(this.budget, this.beside);
  }

  /**
   * Bundles the own kernels among nodes: once, before their programs are built; takes those that are published as they are. Throws as
   * `bundleKernel` and `publishedBundle`.
   */
  async bundle(nodes: readonly ArrayNode[], kernels?: PublishedKernels): Promise<void> {
    for (const node of nodes) {
      if (node.kind !== "blockwise" || !node.call || this.#bundles.has(node.call)) continue;
      const published = publishedDigest(node.call);
      const bundle =
        published === undefined ? await bundleKernel(node.call) : await publishedBundle(published, kernels);
      if (this.#bundles.size === 0) this.#setAside(OWN_KERNELS_RESERVE);
      this.#bundles.set(node.call, bundle);
      this.kernels[bundle.sha256] = {
        name: bundle.name,
        bytes: bundle.code.byteLength,
        ...(published === undefined ? {} : { published: true }),
      };
    }
  }

  #bundled(kernel: ModuleKernel): KernelBundle {
    const bundle = this.#bundles.get(kernel);
    if (bundle) return bundle;
    throw new LamellaError("INTERNAL", `the own kernel ${kernel.exportName} was not bundled`);
  }

  readonly chunkShapes = (array: string): readonly number[] => {
    const found = this.arrays[array]!;
    return found.role === "input" ? found.chunkShape : found.spec.chunkShape;
  };

  readonly objectShapes = (array: string): readonly number[] => {
    const found = this.arrays[array]!;
    return found.role === "input" ? found.chunkShape : objectShape(found.spec);
  };

  /** A name that no other array of the plan has. */
  arrayName(name: string): string {
    return unique(name, this.#arrayNames);
  }

  /** A name that no other stage of the plan has. */
  stageName(name: string): string {
    return unique(name, this.#stageNames);
  }

  /** Nodes below `node` that need stages of their own before a fused chain can read them, inputs first. */
  pending(node: ArrayNode): ArrayNode[] {
    const found: ArrayNode[] = [];
    const seen = new Set<ArrayNode>();
    const visit = (current: ArrayNode): void => {
      if (seen.has(current) || this.isReadable(current)) return;
      seen.add(current);
      for (const input of inputsOf(current)) visit(input);
      if (hasOwnStages(current) || isStored(current)) found.push(current);
    };
    for (const input of inputsOf(node)) visit(input);
    return found;
  }

  /** Notes what a stage's smallest task needs, where that is over the budget. */
  requireMemory(step: string, heap: number, buffers: number): void {
    if (heap + buffers <= this.limit) return;
    if (heap + buffers > (this.#refused?.bytes ?? 0)) this.#refused = { step, bytes: heap + buffers };
  }

  /**
   * Refuses a plan whose projected peak is over the budget, saying what budget would be enough for it. Tasks are cut as if every worker
   * were busy and its cache full; a stage of few tasks, or of small inputs, may fit all the same. Throws OVER_MEMORY.
   */
  checkMemory(): void {
    const { workers, memoryMiB } = this.budget;
    const peaks = projectedPeaks(this.stages, workers);
    const most = Math.max(0, ...peaks);
    const bytes = this.#refused?.bytes ?? 0;
    if (bytes <= MAX_TASK_BYTES && most <= memoryMiB * 2 ** 20) return;
    const worst = this.stages[peaks.indexOf(most)];
    const step = this.#refused?.step ?? worst?.name ?? "";
    const taskBytes = bytes > 0 ? bytes : (worst?.memory.heap ?? 0) + (worst?.memory.buffers ?? 0);
    const task = `step ${step}: its smallest task needs ${Math.ceil(taskBytes / 2 ** 20)} MiB`;
    const details = { step, budgetMiB: memoryMiB, taskMiB: Math.ceil(taskBytes / 2 ** 20) };
    const hint =
      "Use smaller chunks, of the output or of the step; of a step that takes whole pictures, smaller pictures.";
    if (bytes > MAX_TASK_BYTES) {
      throw new LamellaError("OVER_MEMORY", `${task}, and no worker can have more than 4 GiB`, {
        hint,
        details,
      });
    }
    const all = Math.ceil(most / 2 ** 20);
    const one = Math.ceil(Math.max(...projectedPeaks(this.stages, 1)) / 2 ** 20);
    throw new LamellaError(
      "OVER_MEMORY",
      `${task}; with ${workers} worker${workers === 1 ? "" : "s"} the plan takes ${all} MiB, over the budget of ${memoryMiB} MiB`,
      {
        hint: `Give --memory ${all}${one < all ? `, or --workers 1 --memory ${one}` : ""}. ${hint}`,
        details: { ...details, neededMiB: all, oneWorkerMiB: one },
      },
    );
  }
}

type StagedNode = ReduceNode | LabelNode | TallyNode | CumulateNode | ComponentsNode | RareLabelsNode;

/** Whether a node can't be part of a fused chain: it is computed by stages of its own. */
export function hasOwnStages(node: ArrayNode): node is StagedNode {
  return ["reduce", "label", "components", "rareLabels", "tally", "cumulate"].includes(node.kind);
}

/** Whether a node must be stored before it is read. */
function isStored(node: ArrayNode): boolean {
  return node.kind === "kernel" && node.stored === true;
}

/** Characters of a step's name that keys in the run's folder are made of. */
const LONGEST_NAME = 100;

function unique(name: string, taken: Set<string>): string {
  const clean = name.replace(/[^A-Za-z0-9_.-]+|^\.+/g, "-").slice(0, LONGEST_NAME) || "array";
  let found = clean;
  for (let i = 2; taken.has(found); i++) found = `${clean}-${i}`;
  taken.add(found);
  return found;
}

/**
 * Bytes in flight outside kernel memory, where nothing can be compressed: encoded chunks being read, and the one that is
 * decoded (of an image file all may be); encoded objects being written, and the one that is encoded. A task first reads, then writes.
 * `most`: how many chunks a read meets, and objects a task writes, where that is known to be few; `inPlace`: chunks are decoded where
 * they belong, or given back before the next one is.
 */
export function bufferBytes(
  reads: readonly PlanArray[],
  writes: readonly ArraySpec[],
  most: { readonly chunks?: number; readonly objects?: number; readonly inPlace?: boolean } = {},
): number {
  let reading = 0;
  for (const array of reads) {
    const { shape, chunkShape, dtype } = array.role === "input" ? array : array.spec;
    // HDF5 is decoded in the library's memory, and copied out of it.
    const isImage = array.role === "input" && ["image", "hdf5"].includes(array.source.kind);
    const flying = Math.min(READ_AHEAD, gridCount(shape, chunkShape), most.chunks ?? READ_AHEAD);
    // While one is decoded, it is there with its bytes; others wait to be taken.
    const decoded = most.inPlace ? 1 : 2;
    const chunks = isImage ? 2 * flying : flying + Math.min(decoded, flying);
    const library = array.role === "input" && array.source.kind === "hdf5" ? HDF5_LIBRARY_BYTES : 0;
    reading = Math.max(reading, library + chunks * sizeOf(chunkShape) * itemSize(dtype));
  }
  let writing = 0;
  for (const spec of writes) {
    // The last object of a task is encoded while those before it fly.
    const flying = Math.min(
      WRITES_IN_FLIGHT,
      most.objects === undefined ? objectCount(spec) : most.objects - 1,
    );
    // A shard is put together from encoded chunks; what is being encoded otherwise is there once, or with its source.
    const encoding = spec.codec.name === "blosc" && !spec.shardShape ? 1 : 2;
    writing = Math.max(writing, (flying + encoding) * sizeOf(objectShape(spec)) * itemSize(spec.dtype));
  }
  return Math.max(reading, writing);
}

/** A step under the run's folder, until the run has succeeded. */
export function intermediateArray(
  id: string,
  node: Pick<ArrayNode, "shape" | "dtype">,
  chunkShape: readonly number[],
): StoredArray {
  return {
    role: "intermediate",
    uri: RUN_FOLDER,
    path: `data/${id}`,
    spec: {
      zarrFormat: 3,
      shape: [...node.shape],
      dtype: node.dtype,
      chunkShape: chunkShape.map((n) => Math.max(1, n)),
      codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
      // Once the run has succeeded nobody can look at what its outputs came from.
      checksum: true,
      fillValue: 0,
    },
  };
}

export function specBytes(spec: {
  readonly shape: readonly number[];
  readonly dtype: ArraySpec["dtype"];
}): number {
  return sizeOf(spec.shape) * itemSize(spec.dtype);
}

/** The shape of the objects that hold an array: its shards where it has them. */
export function objectShape(spec: ArraySpec): readonly number[] {
  return spec.shardShape ?? spec.chunkShape;
}

export function objectCount(spec: ArraySpec): number {
  return gridCount(spec.shape, objectShape(spec));
}

function gridCount(shape: readonly number[], chunkShape: readonly number[]): number {
  return gridShape(shape, chunkShape).reduce((a, b) => a * b, 1);
}

export type { Plan };
