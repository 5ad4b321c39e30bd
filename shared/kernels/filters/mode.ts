import * as z from "zod";
import { type Boundary, parseBoundary } from "../../block/boundary.ts";

/** scipy's names of what lies beyond the ends. */
export const FILTER_MODES = ["reflect", "constant", "nearest", "mirror", "wrap"] as const;

export type FilterMode = (typeof FILTER_MODES)[number];

/** A resolved `mode` and `cval`. */
export interface FilterEnds {
  readonly mode: FilterMode;
  readonly cval: number;
}

/** The parameters `mode` and `cval`. */
export function modeParameters(standard: FilterMode = "reflect") {
  return {
    mode: z.enum(FILTER_MODES).default(standard).describe("What lies beyond the ends of the block"),
    cval: z.number().default(0).describe("The value beyond the ends with mode constant"),
  };
}

/** What a mode means for the reading of elements beyond the ends. */
export function boundaryOfMode({ mode, cval }: FilterEnds): Exclude<Boundary, "none"> {
  return parseBoundary(mode === "constant" ? { constant: cval } : mode) as Exclude<Boundary, "none">;
}
