import { formatBytes, formatCount, formatSeconds } from "../cli/format.ts";
import type { ReportData, StageData } from "../shared/engine/report/report-data.ts";
import { stageColour } from "./colours.ts";
import { h, section, table } from "./dom.ts";

/** The figures of each stage. */
export function stageTable() {
  const body = h("div");
  const root = section("stages", "Stages", body);
  return {
    root,
    update({ stages }: ReportData): void {
      const head = [
        "Stage",
        "Kind",
        "Tasks",
        "Time",
        "Busy",
        "Read",
        "Written",
        "Requests",
        "Cache hits",
        "Decoded",
        "Halo",
      ];
      const rows = stages.map((stage, i) => [
        h("span", { class: "named" }, h("i", { style: `background:${stageColour(i)}` }), stage.name),
        stage.kind,
        stage.done === stage.tasks
          ? formatCount(stage.tasks)
          : `${formatCount(stage.done)} of ${formatCount(stage.tasks)}`,
        stage.startedAt === undefined ? "" : formatSeconds((stage.endedAt! - stage.startedAt) / 1000),
        stage.batches > 0 ? formatSeconds(stage.busySeconds) : "",
        formatBytes(stage.bytesRead),
        formatBytes(stage.bytesWritten),
        formatCount(stage.requests),
        share(stage.cacheHits, stage.cacheHits + stage.cacheMisses),
        times(stage, stage.decodedBytes, stage.plannedDecoded),
        times(stage, stage.takenBytes, stage.plannedTaken),
      ]);
      body.replaceChildren(
        table("Stages of the run", head, rows, [2, 3, 4, 5, 6, 7, 8, 9, 10]),
        h(
          "p",
          { class: "quiet" },
          "Busy is the time of all workers together. Decoded: bytes of the chunks that were decoded, over those of the arrays that are read. Halo: bytes that tasks took of them, with what they share with their neighbours. In brackets what the plan foretold.",
        ),
      );
    },
  };
}

function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * part) / whole)}%` : "";
}

/** How often the input was taken; the plan speaks of the whole stage, so only one that is done compares. */
function times({ inputBytes, done, tasks }: StageData, bytes: number, planned: number): string {
  if (inputBytes <= 0 || bytes < inputBytes / 200 || done < tasks) return "";
  return `×${(bytes / inputBytes).toFixed(2)} (×${(planned / inputBytes).toFixed(2)})`;
}

/** Projected against measured memory: a bar for what was measured, a mark where it was projected. */
export function memoryBars() {
  const body = h("div", { class: "bars" });
  const note = h("p", { class: "quiet" });
  const root = section("memory", "Memory, projected and measured", note, body);
  return {
    root,
    update({ stages, run }: ReportData): void {
      const peaks = Math.max(1, ...stages.map((stage) => Math.max(stage.projectedMiB, stage.peakMiB ?? 0)));
      const isNear = run.budgetMiB < 3 * peaks;
      const most = 1.05 * (isNear ? Math.max(run.budgetMiB, peaks) : peaks);
      note.textContent = `Bars are measured peaks, marks are projections${isNear ? ", the dashed line is the budget" : ""}: ${formatCount(run.budgetMiB)} MiB were allowed.`;
      const place = (mib: number) => `${((100 * mib) / most).toFixed(2)}%`;
      body.replaceChildren(
        ...stages.flatMap((stage, i) => {
          const { peakMiB, projectedMiB } = stage;
          const over = (peakMiB ?? 0) > projectedMiB;
          return [
            h("span", { class: "name" }, stage.name),
            h(
              "span",
              { class: "track", "aria-hidden": "true" },
              peakMiB !== undefined &&
                h("i", { class: "measured", style: `width:${place(peakMiB)};background:${stageColour(i)}` }),
              h("i", { class: "mark", style: `left:${place(projectedMiB)}` }),
              isNear && h("i", { class: "budget", style: `left:${place(run.budgetMiB)}` }),
            ),
            h(
              "span",
              { class: over ? "figure over" : "figure" },
              peakMiB === undefined
                ? `projected ${formatCount(projectedMiB)} MiB`
                : `${formatCount(peakMiB)} of ${formatCount(projectedMiB)} MiB`,
            ),
          ];
        }),
      );
    },
  };
}
