import { formatBytes, formatCount, formatSeconds, formatUsd } from "../cli/format.ts";
import type { ReportData } from "../shared/engine/report/report-data.ts";
import { h, section } from "./dom.ts";

const WORDS = {
  planned: "planned",
  running: "running",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
  stopped: "stopped: its process is gone",
} as const;

/** What the run is, how it went, and its figures in a row. */
export function summary(live: boolean) {
  const status = h("p", { class: "status", role: "status" });
  const facts = h("dl", { class: "facts" });
  const tiles = h("div", { class: "tiles" });
  const bar = h("progress", { max: 1, "aria-label": "tasks that are done" });
  const failure = h("div");
  const notes = h("ul", { class: "notes" });
  const root = h(
    "header",
    {},
    h("h1", {}, live ? "Lamella dashboard" : "Lamella run report"),
    status,
    bar,
    failure,
    tiles,
    facts,
    notes,
  );
  return {
    root,
    update(data: ReportData): void {
      const { run, stages } = data;
      const tasks = sum(data, (stage) => stage.tasks);
      const done = sum(data, (stage) => stage.done);
      const seconds = run.startedAt === undefined ? 0 : (run.endedAt! - run.startedAt) / 1000;
      const hits = sum(data, ({ cacheHits }) => cacheHits);
      const wanted = hits + sum(data, ({ cacheMisses }) => cacheMisses);
      const text = WORDS[run.status];
      if (status.textContent !== text) status.textContent = text;
      status.dataset["status"] = run.status;
      bar.value = tasks > 0 ? done / tasks : 1;
      bar.hidden = run.status !== "running";
      failure.replaceChildren(
        ...(run.failure && run.status !== "succeeded"
          ? [
              h(
                "div",
                { class: "failure" },
                h("strong", {}, `${run.failure.code}: `),
                run.failure.message,
                run.failure.hint !== undefined && h("p", {}, run.failure.hint),
              ),
            ]
          : []),
      );
      const peak = Math.max(0, ...stages.map(({ peakMiB = 0 }) => peakMiB));
      const { cost } = data;
      tiles.replaceChildren(
        tile(formatSeconds(seconds), "from first task to last"),
        tile(
          `${formatCount(done)} of ${formatCount(tasks)}`,
          `tasks in ${stages.length} ${stages.length === 1 ? "stage" : "stages"}`,
        ),
        tile(formatBytes(sum(data, ({ bytesRead }) => bytesRead)), "read"),
        tile(formatBytes(sum(data, ({ bytesWritten }) => bytesWritten)), "written"),
        tile(wanted > 0 ? `${Math.round((100 * hits) / wanted)}%` : "–", "of chunks found in the cache"),
        tile(
          peak > 0 ? `${formatCount(peak)} MiB` : "–",
          `peak memory, budget ${formatCount(run.budgetMiB)} MiB`,
        ),
        cost.measuredUsd === undefined
          ? tile(formatUsd(cost.estimatedUsd), "estimated on AWS")
          : tile(formatUsd(cost.measuredUsd), `on AWS, estimated ${formatUsd(cost.estimatedUsd)}`),
      );
      facts.replaceChildren(
        ...fact("Run", run.runId),
        ...fact(
          "Begun",
          `${run.createdAt}, on ${run.engine === "local" ? "this computer" : run.engine}, ${run.workers} ${run.workers === 1 ? "worker" : "workers"}`,
        ),
        ...fact("Plan", run.planHash.slice(0, 16)),
        ...data.inputs.flatMap(({ uri, shape, dtype, chunks }) =>
          fact("Input", `${uri} (${shape.join(" × ")} ${dtype}, chunks of ${chunks.join(" × ")})`),
        ),
        ...Object.entries(run.outputs).flatMap(([name, uri]) => fact("Output", `${name}: ${uri}`)),
        ...fact("Lamella", data.lamella),
      );
      notes.replaceChildren(...data.notes.map((note) => h("li", {}, note)));
      notes.hidden = data.notes.length === 0;
    },
  };
}

function sum(data: ReportData, value: (stage: ReportData["stages"][number]) => number): number {
  return data.stages.reduce((total, stage) => total + value(stage), 0);
}

function tile(value: string, label: string): HTMLElement {
  return h("div", {}, h("b", {}, value), h("span", {}, label));
}

function fact(term: string, text: string): HTMLElement[] {
  return [h("dt", {}, term), h("dd", {}, text)];
}

/** Dollars with the arithmetic behind them. */
export function costs() {
  const body = h("div");
  const root = section("cost", "Cost on AWS", body);
  return {
    root,
    update({ cost, run }: ReportData): void {
      const lines = (title: string, text: readonly string[]) =>
        h("details", {}, h("summary", {}, title), h("pre", { tabindex: 0 }, text.join("\n")));
      body.replaceChildren(
        h(
          "p",
          {},
          cost.measuredUsd === undefined
            ? `This plan is estimated at ${formatUsd(cost.estimatedUsd)} on AWS. ${run.engine === "local" ? "The run was carried out on this computer, where it cost nothing there." : "What it took is not known."}`
            : `By what its batches took, at list prices: ${formatUsd(cost.measuredUsd)}. Estimated before: ${formatUsd(cost.estimatedUsd)}. Not held against a bill.`,
        ),
        ...(cost.measured ? [lines("How the measured figure comes about", cost.measured)] : []),
        lines("How the estimate comes about", cost.estimate),
      );
    },
  };
}
