import { arrays } from "./arrays.ts";
import { filters } from "./filters.ts";
import { functions } from "./functions.ts";
import { labels } from "./labels.ts";
import { morphology } from "./morphology.ts";
import type { Operations } from "./operation.ts";
import { pyramids } from "./pyramids.ts";
import { reductions } from "./reductions.ts";
import { statistics } from "./statistics.ts";

/** Every operation of the golden index that Lamella has, by the index's name. */
export const OPERATIONS: Operations = {
  ...arrays,
  ...filters,
  ...functions,
  ...labels,
  ...morphology,
  ...pyramids,
  ...reductions,
  ...statistics,
};

/** What isn't there yet, by the index's id or operation, and why. */
export const NOT_YET: { readonly [op: string]: string } = {};

/** Results of another dtype than the reference's, and why. */
export const OTHER_DTYPES: { readonly [op: string]: { readonly dtype: string; readonly why: string } } = {
  label: { dtype: "uint32", why: "labels are unsigned: uint32, and uint64 where there are more" },
};
