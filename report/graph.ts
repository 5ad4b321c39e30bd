import type { ReportData } from "../shared/engine/report/report-data.ts";
import { h, section } from "./dom.ts";

/** The plan as `lamella plan --svg` draws it. */
export function graph() {
  const body = h("div", {
    class: "scroll graph",
    tabindex: 0,
    role: "region",
    "aria-label": "Drawing of the plan",
  });
  const root = section("plan", "Plan", body);
  let drawn = "";
  return {
    root,
    update(data: ReportData): void {
      if (data.graph === drawn) return;
      drawn = data.graph;
      const parsed = new DOMParser().parseFromString(drawn, "image/svg+xml").documentElement;
      if (parsed.nodeName !== "svg") return;
      parsed.setAttribute("role", "img");
      parsed.setAttribute("aria-label", "Stages and arrays of the plan, from inputs above to outputs below");
      body.replaceChildren(document.importNode(parsed, true));
    },
  };
}
