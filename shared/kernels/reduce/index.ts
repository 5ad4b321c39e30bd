export { reducedAxes } from "./axes.ts";
export {
  CUMULATIONS,
  type Cumulation,
  cumulate,
  cumulatedDType,
  totalOf,
} from "./cumulate.ts";
export { minMax } from "./min-max.ts";
export { REDUCTION_NAMES, type Reduction, type ReductionName, type ReductionState } from "./reduction.ts";
export { reductionOf } from "./reduction-of.ts";
