import { createHash } from "node:crypto";
import { KERNEL_MODULE_BASE64 } from "./module.generated.ts";

let compiled: WebAssembly.Module | undefined;

/** The kernel module, compiled once per process; workers are handed the compiled module. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_MODULE_BASE64, "base64"));
  return compiled;
}

/** Workers call this with the module that their parent compiled. */
export function adoptKernelModule(module: WebAssembly.Module): void {
  compiled = module;
}

/** Identifies the kernels' code in plan hashes. */
export function kernelModuleDigest(): string {
  return createHash("sha256").update(KERNEL_MODULE_BASE64).digest("hex");
}
