import type { DType, TypedArray, TypedArrayOf } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";

/** A block as an own kernel gets it: a copy in ordinary memory, C order, its to keep or change. */
export interface OwnBlock<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrayOf[D];
}

/** Where a block lies. Dask's block_info. */
export interface BlockPlace {
  /** Position of the block in the array's grid of blocks. */
  readonly index: readonly number[];
  /** First element of the block in the array; with a halo, of the block without it. */
  readonly start: readonly number[];
  /** Size of the block without its halo. */
  readonly shape: readonly number[];
  /** The whole array. */
  readonly arrayShape: readonly number[];
  readonly numBlocks: readonly number[];
}

/** What an own kernel is told besides its blocks: it comes as the last parameter. */
export interface OwnContext<Args = { readonly [name: string]: Json }> {
  readonly args: Args;
  /** The block of the result. */
  readonly block: BlockPlace;
  /** What is to be returned: the block of the result, with its halo where that is trimmed afterwards. */
  readonly output: { readonly dtype: DType; readonly shape: readonly number[] };
  /** Of each input, in order: where its block lies, and the halo that it really has, which ends may cut. */
  readonly inputs: readonly (BlockPlace & {
    readonly halo: readonly (readonly [before: number, after: number])[];
  })[];
}

/** A result: elements in C order of the shape that `context.output` names, or a block that says its shape. */
export type OwnResult =
  | TypedArray
  | OwnBlock
  | { readonly shape: readonly number[]; readonly data: TypedArray };

/**
 * A kernel of the user's own: an exported function of a module, which is bundled and carried to the workers. It takes a block
 * of each input and, last, the context. With several results (gufuncs) it returns a list of them. It must give the same result for the same
 * blocks, and keep nothing between calls.
 */
export type OwnFunction = (
  // biome-ignore lint/suspicious/noExplicitAny: any number of blocks, then the context
  ...blocksAndContext: any[]
) => OwnResult | readonly OwnResult[] | Promise<OwnResult | readonly OwnResult[]>;

/** An exported function of a module, by the module's file. */
export interface ModuleKernel {
  readonly kind: "module";
  /** file: URL. */
  readonly url: string;
  readonly exportName: string;
  /** The function itself, where it was given: it must be that export. */
  readonly fn?: OwnFunction;
}
