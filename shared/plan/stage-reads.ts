import type { Stage } from "./schema.ts";

/** The arrays that the programs of a stage read. */
export function programReads(stage: Stage): string[] {
  const programs = [
    "program" in stage ? stage.program : undefined,
    "imageProgram" in stage ? stage.imageProgram : undefined,
  ];
  return programs.flatMap((program) =>
    (program?.nodes ?? []).flatMap((node) => (node.kind === "read" ? [node.array] : [])),
  );
}
