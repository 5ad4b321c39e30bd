import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NOT_YET, OTHER_DTYPES } from "../../test/golden/operations/index.ts";
import type { GoldenResult } from "../../test/golden/results.ts";
import { markdownTable } from "./markdown.ts";

const golden = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url)), "utf8");

/** The table of docs/references.md: what the golden run gave, from the results that the run keeps and checks. */
export function operationTables(): string {
  const results = new Map(
    (JSON.parse(golden("results.json")) as GoldenResult[]).map((result) => [result.id, result]),
  );
  const { ops } = JSON.parse(golden("data/index.json")) as {
    ops: { readonly id: string; readonly op: string; readonly ref: string }[];
  };
  const matching = [...results.values()].filter(({ matches }) => matches).length;
  const sections = [...new Set(ops.map(({ op }) => op))].map((op) => {
    const rows = ops
      .filter((entry) => entry.op === op)
      .map(({ id, ref }) => {
        const result = results.get(id);
        if (!result) return [id, ref, "", "", "", `not yet: ${NOT_YET[id] ?? NOT_YET[op] ?? "not run"}`];
        const { call, error, tolerance } = result;
        return [id, ref, `\`${call}\``, `${error}`, tolerance, state(result)];
      });
    const other = OTHER_DTYPES[op];
    return [
      `## ${op}`,
      ...(other ? [`Gives ${other.dtype}: ${other.why}.`] : []),
      markdownTable([["id", "reference", "called as", "largest error", "tolerance", "state"], ...rows]),
    ].join("\n\n");
  });
  return [`${matching} of ${ops.length} match.`, ...sections].join("\n\n");
}

function state({ matches, beyond, pipeline }: GoldenResult): string {
  const words = matches ? ["matches"] : ["differs"];
  if (beyond > 0) words.push(`${beyond} elements beyond the tolerance of one`);
  if (!pipeline) words.push("in TypeScript only");
  return words.join(", ");
}
