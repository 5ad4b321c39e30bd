import type { DefineCommand } from "./index.ts";

export const defineKernels: DefineCommand = (program) => {
  program
    .command("kernels")
    .description("the kernels with parameters and dtypes")
    .option("--json", "print one JSON document")
    .action(async (flags: { json?: boolean }) => {
      const { kernelList } = await import("../kernel-list.ts");
      const list = kernelList();
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(list)}\n`);
        return;
      }
      for (const kernel of list) {
        process.stdout.write(
          `${kernel.name}: ${kernel.summary}\n  equals ${kernel.equals}; takes ${kernel.dtypes.join(", ")}\n`,
        );
        for (const [name, parameter] of Object.entries(kernel.parameters)) {
          const byDefault =
            parameter.default === undefined ? "" : ` (default ${JSON.stringify(parameter.default)})`;
          process.stdout.write(`  - ${name}: ${parameter.description ?? ""}${byDefault}\n`);
        }
      }
    });
};
