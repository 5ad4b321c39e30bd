import type { DefineCommand } from "./index.ts";

export const defineKernels: DefineCommand = (program) => {
  program
    .command("kernels")
    .description(
      "the kernels with parameters and dtypes; of one, also what it gives, how far it looks, and an example",
    )
    .argument("[kernel]", "the name of one")
    .option("--json", "print one JSON document")
    .action(async (name: string | undefined, flags: { json?: boolean }) => {
      const [{ kernelDetails, kernelList }, { printKernel, printKernels }] = await Promise.all([
        import("../kernel-list.ts"),
        import("../print-kernel.ts"),
      ]);
      const found = name === undefined ? kernelList() : kernelDetails(name);
      if (flags.json) process.stdout.write(`${JSON.stringify(found)}\n`);
      else if (Array.isArray(found)) printKernels(found);
      else printKernel(found as ReturnType<typeof kernelDetails>);
    });
};
