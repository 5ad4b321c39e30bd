import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds wrong with a page that matters much: "color-contrast: <span>...". */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's policy forbids scripts of others; evaluated ones are the browser's own.
  await page.evaluate(readFileSync(AXE, "utf8"));
  const findings = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Finding[];
  return findings
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
