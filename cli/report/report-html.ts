import type { ReportData } from "../../shared/engine/report/report-data.ts";
import { pageAssets } from "./page-assets.ts";

/** By this a file is known as a report of ours, which another may replace. */
export const REPORT_MARK = "<!doctype html><!-- a Lamella run report -->";

/** From elsewhere nothing is loaded, whatever a name in the data says. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole page, which opens from a file without a network; `live` follows a server's events instead. */
export async function reportHtml(data: ReportData, live = false): Promise<string> {
  const { script, style } = await pageAssets();
  const title = markup(`Lamella run ${data.run.runId}`);
  return `${REPORT_MARK}
<html lang="en"${live ? " data-live" : ""}>
<head>
<meta charset="utf-8">
${live ? "" : `<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n`}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This report needs JavaScript; it loads nothing from elsewhere.</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${script.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

/** JSON that can't end the element that it stands in, nor begin a comment there. */
export function embedded(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function markup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
