import type { ReportData } from "../shared/engine/report/report-data.ts";
import { h } from "./dom.ts";
import { failures } from "./failures.ts";
import { graph } from "./graph.ts";
import { heatMap } from "./heat-map.ts";
import { lineCharts } from "./line-charts.ts";
import { memoryBars, stageTable } from "./stages.ts";
import { costs, summary } from "./summary.ts";
import { TimeWindow } from "./time-window.ts";
import { timeline } from "./timeline.ts";

// The page of a run: a report from the data inside it, or a dashboard that fetches it anew whenever the server says so.
const source = document.getElementById("data")!;
const live = document.documentElement.dataset["live"] !== undefined;
const time = new TimeWindow();
const parts = [
  summary(live),
  timeline(time),
  lineCharts(time),
  heatMap(),
  stageTable(),
  memoryBars(),
  failures(),
  costs(),
  graph(),
];
const main = h("main");
document.body.append(main);
main.append(...parts.map(({ root }) => root));
show(JSON.parse(source.textContent ?? "") as ReportData);
if (live) follow();

function show(data: ReportData): void {
  const { run, bars } = data;
  document.title = `${run.status} – Lamella run ${run.runId}`;
  const last = bars.at.reduce((most, at, i) => Math.max(most, at + bars.ms[i]!), 0);
  time.extend(last);
  for (const part of parts) part.update(data);
  document.documentElement.dataset["done"] = String(data.stages.reduce((n, { done }) => n + done, 0));
  document.documentElement.dataset["status"] = run.status;
}

/** One fetch at a time; what is said meanwhile asks for one more. */
function follow(): void {
  const lost = h(
    "p",
    { class: "lost", role: "status", hidden: true },
    "The run's process no longer answers: this is the last that it told.",
  );
  main.prepend(lost);
  let busy = false;
  let again = false;
  const load = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch("data.json");
      if (answer.ok) show((await answer.json()) as ReportData);
    } catch {
      // The stream of events says whether the server is there.
    }
    busy = false;
    if (!again) return;
    again = false;
    await load();
  };
  const events = new EventSource("events");
  events.addEventListener("changed", () => void load());
  events.addEventListener("open", () => {
    lost.hidden = true;
  });
  events.addEventListener("error", () => {
    lost.hidden = false;
  });
}
