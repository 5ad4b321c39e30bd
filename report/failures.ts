import type { ReportData } from "../shared/engine/report/report-data.ts";
import { h, section, table } from "./dom.ts";

/** What failed, whether another attempt mended it, and the command that carries the task out alone. */
export function failures() {
  const body = h("div");
  const root = section("failures", "Retries and failures", body);
  return {
    root,
    update({ failures: found, stages, run }: ReportData): void {
      if (found.length === 0) {
        const quiet = run.status === "running" ? "None so far." : "None.";
        body.replaceChildren(h("p", { class: "quiet" }, quiet));
        return;
      }
      const rows = found.map((failure) => [
        h(
          "span",
          { class: failure.mended ? "pill good" : "pill bad" },
          failure.mended ? "retried" : "failed",
        ),
        `${stages[failure.stage]?.name ?? ""}${failure.task === undefined ? "" : `, task ${failure.task}`}`,
        h(
          "span",
          {},
          h("strong", {}, failure.code),
          ` ${failure.message}`,
          failure.hint !== undefined && h("br"),
          failure.hint,
        ),
        failure.replay === undefined ? "" : h("code", {}, failure.replay),
      ]);
      body.replaceChildren(table("Retries and failures", ["", "Where", "What", "To see it again"], rows));
    },
  };
}
