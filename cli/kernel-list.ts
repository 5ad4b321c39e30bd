import { z } from "zod";
import { allKernels } from "../shared/kernels/registry.ts";

export interface KernelEntry {
  readonly name: string;
  readonly summary: string;
  /** The function whose result it equals. */
  readonly equals: string;
  readonly dtypes: readonly string[];
  readonly parameters: { readonly [name: string]: KernelParameter };
}

/** A parameter as JSON Schema, as far as it is read here. */
export interface KernelParameter {
  readonly description?: string;
  readonly default?: unknown;
}

/** The built-in kernels with their parameters and dtypes: what `lamella kernels` prints, and docs/kernels.md holds. */
export function kernelList(): KernelEntry[] {
  return allKernels().map((kernel) => {
    const schema = z.toJSONSchema(kernel.args, { io: "input", unrepresentable: "any" });
    return {
      name: kernel.name,
      summary: kernel.summary,
      equals: kernel.equals,
      dtypes: kernel.accepts,
      parameters: (schema.properties ?? {}) as KernelEntry["parameters"],
    };
  });
}
