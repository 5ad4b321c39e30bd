import type { ArrayRunner } from "../array/runner.ts";
import { checkPlace, isOnAws } from "./place.ts";
import { readSource, sourceOf } from "./whole/read-source.ts";

/** Planning and the engine, which a program that only reads arrays needs nothing of. */
async function engine(): Promise<ArrayRunner> {
  return (await import("./array-runner.ts")).arrayRunner;
}

/** Reads arrays that exist; loads what plans and carries out with the first that has to be computed. */
export const lateRunner: ArrayRunner = {
  async compute(node, options) {
    const source = isOnAws(options) ? undefined : sourceOf(node);
    if (source) {
      checkPlace(options);
      const block = await readSource(source, options);
      if (block) return block;
    }
    return (await engine()).compute(node, options);
  },
  plan: async (...given) => (await engine()).plan(...given),
  store: async (...given) => (await engine()).store(...given),
  planTable: async (...given) => (await engine()).planTable(...given),
  computeTable: async (...given) => (await engine()).computeTable(...given),
  storeTable: async (...given) => (await engine()).storeTable(...given),
};
