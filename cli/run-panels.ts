import type { Panel } from "../shared/view/open-pictures.ts";
import { findRun } from "./find-run.ts";
import type { RunPlace } from "./run-choice.ts";

/** What a run reads and writes, side by side: its inputs, then its outputs that are images. */
export async function panelsOfRun(runId: string, place: RunPlace): Promise<Panel[]> {
  const { folder } = await findRun(runId, place);
  const [plan, state] = await Promise.all([folder.plan(), folder.state()]);
  const inputs: Panel[] = [];
  for (const [name, array] of Object.entries(plan.arrays)) {
    if (array.role !== "input") continue;
    const { source } = array;
    const group = "path" in source ? imageAbove(source.path) : "";
    const uri = group === "" ? source.uri : `${source.uri}#${group}`;
    if (!inputs.some((panel) => panel.uri === uri)) inputs.push({ title: `Input ${name}`, uri });
  }
  const outputs = Object.entries(state.outputs).flatMap(([name, uri]) =>
    /\.(csv|parquet)$/i.test(uri) ? [] : [{ title: `Output ${name}`, uri }],
  );
  return [...inputs, ...outputs];
}

/** The group of a level, whose other levels are wanted too. */
function imageAbove(path: string): string {
  const parts = path.split("/");
  return /^s?\d+$/.test(parts.at(-1)!) ? parts.slice(0, -1).join("/") : path;
}
