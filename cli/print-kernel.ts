import { table } from "./format.ts";
import { howFar, type KernelDetails, type KernelEntry, typeOf, whatComesOut } from "./kernel-list.ts";

/** All kernels, a paragraph each. */
export function printKernels(list: readonly KernelEntry[]): void {
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
}

/** One kernel: what it takes, gives and looks at, and a step to begin with. */
export function printKernel(kernel: KernelDetails): void {
  const rows = Object.entries(kernel.parameters).map(([name, parameter]) => [
    name,
    parameter.default === undefined ? "" : JSON.stringify(parameter.default),
    typeOf(parameter),
    parameter.description ?? "",
  ]);
  const lines = [
    `${kernel.name}: ${kernel.summary}`,
    "",
    `equals    ${kernel.equals}`,
    `takes     ${kernel.dtypes.join(", ")}`,
    `gives     ${whatComesOut(kernel.gives)}`,
    `looks at  ${howFar(kernel.looksAt).replaceAll("`", "")}`,
    "",
    ...(rows.length === 0 ? ["no parameters"] : [table([["parameter", "default", "takes", "is"], ...rows])]),
    "",
    "as a step of a pipeline:",
    `  ${kernel.name}: ${kernel.example}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
