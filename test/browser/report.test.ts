import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heatColour } from "../../report/colours.ts";
import type { ReportData } from "../../shared/engine/report/report-data.ts";
import { lamella, startLamella } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { keepWholePage, openPage, seriousFindings } from "./support/pages.ts";

/** In the page: the colours in the middle of the cells of a heat map. */
const COLOURS = `(rows, columns) => {
  const canvas = document.querySelector("canvas.heat");
  const context = canvas.getContext("2d");
  return Array.from({ length: rows * columns }, (_, i) => {
    const x = ((i % columns) + 0.5) * (canvas.width / columns);
    const y = (Math.floor(i / columns) + 0.5) * (canvas.height / rows);
    return [...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3)];
  });
}`;

/** As hostile as a name can be that a pipeline may have. */
const EVIL = "</script><img src=x onerror=alert(1)>.zarr";

describe.skipIf(CHROMIUM === undefined)("the page of a run", () => {
  let folder = "";
  let browser: Browser;
  let runId = "";

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-report-page-"));
    await storeBlock(path.join(folder, "in.zarr"), randomBlock("uint8", [6, 64, 96], 1), [2, 16, 16]);
    const gaussian = {
      op: "mapOverlap",
      kernel: "gaussian",
      depth: 2,
      boundary: "reflect",
      dtype: "float32",
    };
    const mask = { in: "smooth", op: "mapBlocks", kernel: "threshold", args: { above: 120 } };
    const steps = {
      smooth: { ...gaussian, in: "image", args: { sigma: 0.6 } },
      mask,
      objects: { in: "mask", op: "label" },
    };
    const outputs = { smooth: { zarr: EVIL, chunks: [2, 16, 16] }, objects: { zarr: "objects.zarr" } };
    const document = { version: 1, inputs: { image: { zarr: "in.zarr" } }, steps, outputs };
    await fs.writeFile(path.join(folder, "p.json"), JSON.stringify(document));
    // A task that takes a while, so that the dashboard has something to show while it goes on.
    const slow =
      "export async function slow(block) { await new Promise((go) => setTimeout(go, 150)); return block; }";
    await fs.writeFile(path.join(folder, "slow.mjs"), slow);
    const slowly = { in: "image", op: "mapBlocks", module: "./slow.mjs#slow", dtype: "uint8" };
    const live = { ...document, steps: { slowly }, outputs: { slowly: { zarr: "slow.zarr" } } };
    await fs.writeFile(path.join(folder, "slow.json"), JSON.stringify(live));
    browser = await launch();
    const args = ["run", "p.json", "--json", "--memory", "900", "--report", "report.html"];
    const { stdout, stderr } = await lamella(args, folder);
    expect(stderr).toContain("report report.html");
    runId = JSON.parse(stdout).runId;
  });
  afterAll(async () => {
    await browser?.close();
    await fs.rm(folder, { recursive: true, force: true });
  });

  test.each(["light", "dark"] as const)(
    "opens from a file, whole in itself and legible: %s",
    async (scheme) => {
      const url = pathToFileURL(path.join(folder, "report.html")).href;
      const { page, complaints } = await openPage(browser, url, scheme);
      expect(await page.title()).toContain(runId);
      expect(await page.textContent(".status")).toBe("succeeded");
      const data = JSON.parse((await page.textContent("#data"))!) as ReportData;
      // A name stays a name.
      expect(Object.values(data.run.outputs).join()).toContain(encodeURIComponent("<img"));
      expect(await page.locator("img").count()).toBe(0);
      const rows = await page.locator("section[aria-labelledby=stages-title] tbody tr").allTextContents();
      expect(rows).toHaveLength(data.stages.length);
      for (const [i, { name }] of data.stages.entries()) expect(rows[i]).toContain(name);
      expect(await page.locator("svg rect").count()).toBeGreaterThan(data.stages.length);
      expect(await seriousFindings(page)).toEqual([]);
      await keepWholePage(page, `report-${scheme}`);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test("draws what its data says: bars, and cells of the slice that is chosen", async () => {
    const url = pathToFileURL(path.join(folder, "report.html")).href;
    const { page, complaints } = await openPage(browser, url);
    const data = JSON.parse((await page.textContent("#data"))!) as ReportData;
    const shown = async () => {
      const at = await page
        .locator("canvas.timeline")
        .evaluate((element) => element.getAttribute("data-shown"));
      return at!.split(" ").map(Number) as [number, number];
    };
    const whole = await shown();
    const end = Math.max(...data.bars.at.map((at, i) => at + data.bars.ms[i]!));
    expect(whole).toEqual([0, Math.round(end)]);
    await page.getByRole("button", { name: "Zoom in" }).click();
    const [from, to] = await shown();
    expect(to - from).toBeCloseTo(end / 2, -1);
    await page.locator("canvas.timeline").press("ArrowLeft");
    expect((await shown())[0]).toBeLessThan(from);
    await page.getByRole("button", { name: "All" }).click();
    expect(await shown()).toEqual(whole);

    const sliced = data.stages.findIndex(({ heat }) => heat && heat.cells.length === 3 && heat.cells[0]! > 1);
    const { cells, ms } = data.stages[sliced]!.heat!;
    const [, rows, columns] = cells as [number, number, number];
    const [least, most] = [Math.min(...ms), Math.max(...ms)];
    await page.getByLabel("Stage", { exact: true }).selectOption(String(sliced));
    for (const slice of [0, 1]) {
      await page.locator("#heat-axis-0").fill(String(slice));
      const wanted = ms.slice(slice * rows * columns, (slice + 1) * rows * columns).map((value) =>
        heatColour((value - least) / (most - least))
          .match(/\d+/g)!
          .map(Number),
      );
      const drawn = (await page.evaluate(`(${COLOURS})(${rows}, ${columns})`)) as number[][];
      for (const [i, colour] of drawn.entries())
        for (const [channel, value] of colour.entries())
          expect(Math.abs(value - wanted[i]![channel]!), `cell ${i} of slice ${slice}`).toBeLessThanOrEqual(
            2,
          );
    }
    await page.locator("canvas.heat").hover({ position: { x: 5, y: 5 } });
    const tip = await page.textContent(".tip");
    expect(tip).toMatch(/0:\d+.*time of a task: /);
    // This test reads canvases back again and again; the page itself never does.
    expect(complaints.filter((text) => !text.includes("willReadFrequently"))).toEqual([]);
    await page.close();
  });

  test("--dashboard moves while the run goes on, and stays for who looks at it", async () => {
    const { child, done } = startLamella(["run", "slow.json", "--workers", "2", "--dashboard"], folder);
    let stderr = "";
    child.stderr.on("data", (text: string) => (stderr += text));
    await expect
      .poll(() => stderr, { timeout: 60_000 })
      .toMatch(/dashboard http:\/\/127\.0\.0\.1:\d+\/\S+\//);
    const url = /dashboard (\S+)/.exec(stderr)![1]!;
    const { page, complaints } = await openPage(browser, url);
    const state = () =>
      page.evaluate("({ ...document.documentElement.dataset })") as Promise<Record<string, string>>;
    const seen = new Set<string>();
    await expect
      .poll(
        async () => {
          const { done, status } = await state();
          seen.add(`${status} ${done}`);
          return status;
        },
        { timeout: 120_000, interval: 100 },
      )
      .toBe("succeeded");
    const whileRunning = [...seen].filter((text) => text.startsWith("running"));
    expect(whileRunning.length).toBeGreaterThan(2);
    // It has ended, and is there still.
    await expect
      .poll(() => stderr, { timeout: 60_000 })
      .toContain("the dashboard stays until its page is closed");
    await page.reload();
    expect(await page.textContent(".status")).toBe("succeeded");
    expect((await state())["done"]).toBe("72");
    expect(await seriousFindings(page)).toEqual([]);
    await keepWholePage(page, "dashboard");
    expect(complaints).toEqual([]);
    expect((await fetch(new URL("/", url))).status).toBe(403);
    expect(child.exitCode).toBeNull();
    await page.close();
    const { status, stdout } = await done;
    expect(status).toBe(0);
    expect(stdout).toContain("slow.zarr");
  }, 240_000);

  test("Ctrl-C ends a dashboard whose run has ended, with the run's status", async () => {
    const { child, done } = startLamella(["run", "p.json", "--overwrite", "--dashboard"], folder);
    let stderr = "";
    child.stderr.on("data", (text: string) => (stderr += text));
    await expect.poll(() => stderr, { timeout: 60_000 }).toMatch(/dashboard \S+\//);
    const { page } = await openPage(browser, /dashboard (\S+)/.exec(stderr)![1]!);
    await expect.poll(() => stderr, { timeout: 60_000 }).toContain("done in");
    child.kill("SIGINT");
    expect((await done).status).toBe(0);
    await page.close();
  }, 120_000);
});
