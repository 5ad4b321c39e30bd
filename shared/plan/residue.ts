import { HDF5_LIBRARY_BYTES } from "./budget.ts";
import type { PlanArray, Stage } from "./schema.ts";
import { programReads } from "./stage-reads.ts";

/** Of the buffers of a stage that reads images, the part that stays: their decoders come from libraries, which use malloc; at most 0.25 was measured. */
const IMAGES_LEAVE = 0.4;

/** Code and buffers of what reads image files, of a worker, bytes. */
const READERS = 16 * 2 ** 20;

/**
 * The memory of a stage with what readers of images take beside their chunks, and what it leaves to those that follow in the allocator's hands, and in libraries that never give memory back,
 * where that is more than usual.
 */
export function withResidue(stage: Stage, arrays: { readonly [id: string]: PlanArray }): Stage {
  const kinds = programReads(stage).map((id) => {
    const array = arrays[id];
    return array?.role === "input" ? array.source.kind : "zarr";
  });
  const library = kinds.includes("hdf5") ? HDF5_LIBRARY_BYTES : 0;
  if (library === 0 && !kinds.includes("image")) return stage;
  const { buffers, cache, garbage } = stage.memory;
  const left = Math.ceil(library + IMAGES_LEAVE * Math.max(0, buffers + cache + garbage - library));
  return {
    ...stage,
    memory: {
      ...stage.memory,
      buffers: buffers + READERS,
      left: Math.max(stage.memory.left ?? 0, left + READERS),
    },
  };
}
