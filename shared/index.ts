/** The public interface of Lamella: lazy arrays, and what reads, plans and runs them. Kernels are in "lamella/kernels". */
import { provideRunner } from "./array/runner.ts";
import { lateRunner } from "./engine/late-runner.ts";

provideRunner(lateRunner);

export type { AffineOptions } from "./array/affine.ts";
export type { OwnKernel, OwnOptions } from "./array/blocks/block-node.ts";
export type { BlockwiseOptions } from "./array/blocks/blockwise.ts";
export type { GufuncOptions } from "./array/blocks/gufunc.ts";
export type { MapOverlapOwnOptions, MapOwnOptions } from "./array/blocks/map-own.ts";
export type { AxisChunks, ChunkArgument } from "./array/chunk-argument.ts";
export type { CoarsenOptions, CoarsenReduction } from "./array/coarsen.ts";
export type { ConnectivityOptions, HysteresisOptions, SizeOptions } from "./array/components.ts";
export type { CumulateOptions } from "./array/cumulate.ts";
export type { DistanceTransformOptions } from "./array/distance-transform.ts";
export type { Element } from "./array/elementwise.ts";
export { expr, where } from "./array/elementwise-functions.ts";
export type { ExpandLabelsOptions } from "./array/expand-labels.ts";
export type { ExpressionOptions, ExpressionValue } from "./array/expression.ts";
export type { HaloOptions } from "./array/halo.ts";
export type { IndexEntry, SliceEntry } from "./array/index-expression.ts";
export type { LabelOptions } from "./array/label.ts";
export {
  type ComputedArray,
  concatenate,
  fromCzi,
  fromHdf5,
  fromN5,
  fromTiff,
  fromZarr,
  LazyArray,
  stack,
  tensordot,
} from "./array/lazy-array.ts";
export { type ComputedTable, LazyTable } from "./array/lazy-table.ts";
export type { MapBlocksOptions, MapOverlapOptions } from "./array/map.ts";
export { applyGufunc, blockwise, mapBlocks, mapOverlap } from "./array/map-arrays.ts";
export type { ArrayNode } from "./array/nodes.ts";
export type { MeasureOptions, WatershedOptions } from "./array/object-methods.ts";
export type { FromTiffOptions, FromZarrOptions } from "./array/open.ts";
export type { FromHdf5Options } from "./array/open-hdf5.ts";
export type { FromN5Options } from "./array/open-n5.ts";
export type { PadOptions, PadWidth } from "./array/pad.ts";
export type { CannyOptions, PeakLocalMaxOptions } from "./array/pictures.ts";
export type { ReduceOptions } from "./array/reduce.ts";
export type { ResizeOptions } from "./array/resize.ts";
export type {
  ComputeOptions,
  PlaceOptions,
  PlanOptions,
  StoreOptions,
  TableStoreOptions,
} from "./array/runner.ts";
export type { CoordinateRange, IndexSelection, Selection } from "./array/select.ts";
export type { HistogramOptions, PercentileOptions, ThresholdOptions } from "./array/tally.ts";
export type { TensordotAxes } from "./array/tensordot.ts";
export type { RescaleOptions } from "./array/whole-array.ts";
export type { ResampleMode, ZoomOptions } from "./array/zoom.ts";
export type { Axis, Channel } from "./block/axes.ts";
export type { Boundary, BoundaryInput } from "./block/boundary.ts";
export type { Chunks } from "./block/chunk-grid.ts";
export type { DType, TypedArray, TypedArrayOf } from "./block/dtype.ts";
export { type OpenRunOptions, openRun, Run } from "./engine/open-run.ts";
export { type ErrorCode, isLamellaError, type Json, LamellaError } from "./errors.ts";
export type { KernelCall } from "./kernels/kernel-call.ts";
export type { Property } from "./kernels/label-table.ts";
export { moduleKernel } from "./kernels/own/module-kernel.ts";
export type {
  BlockPlace,
  ModuleKernel,
  OwnBlock,
  OwnContext,
  OwnFunction,
  OwnResult,
} from "./kernels/own/own-kernel.ts";
export type { PerAxis } from "./kernels/per-axis.ts";
export { estimateCost } from "./plan/cost.ts";
export type { Plan } from "./plan/schema.ts";
export { LAMELLA_VERSION } from "./version.ts";
