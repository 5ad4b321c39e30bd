import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, Page } from "playwright-core";

export interface OpenedPage {
  readonly page: Page;
  /** What went wrong in it, and whatever it asked for besides itself. */
  readonly complaints: string[];
}

/** Opens a page that must be content with itself: errors, warnings and requests to elsewhere are kept. */
export async function openPage(
  browser: Browser,
  url: string,
  colorScheme: "light" | "dark" = "light",
): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 }, colorScheme });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
      complaints.push(request.url());
  });
  await page.goto(url);
  return { page, complaints };
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's policy forbids scripts that it wasn't made with; evaluating is the debugger's own.
  const { source } = createRequire(import.meta.url)("axe-core") as { source: string };
  await page.evaluate(source);
  const violations = (await page.evaluate(
    "axe.run(document).then(({ violations }) => violations)",
  )) as Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** Keeps what a whole page looks like among the results of the build. */
export async function keepWholePage(page: Page, name: string): Promise<void> {
  mkdirSync("build/screenshots", { recursive: true });
  await page.screenshot({ path: path.join("build/screenshots", `${name}.png`), fullPage: true });
}
