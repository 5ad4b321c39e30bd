import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runLocally } from "../../shared/engine/local/engine.ts";
import { beginRun } from "../../shared/engine/run.ts";
import { fromZarr } from "../../shared/index.ts";
import { parsePipelineText } from "../../shared/pipeline/parse.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { pageMount } from "../../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../../shared/serve/http/server.ts";
import { fileSource, mountPreview } from "../../shared/serve/preview/preview.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { StepPictures } from "../../shared/view/step-pictures.ts";
import { viewMount } from "../../shared/view/view-mount.ts";
import { seriousFindings } from "./support/axe.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { makeImage } from "./support/make-image.ts";
import { builtPage, expectPixels, IMAGE, keepScreenshot, open, type Rgb } from "./support/viewer.ts";

/** Wider than a tile, so that there is a coarser zoom. */
const [HEIGHT, WIDTH] = [300, 560];
const TEXT = `version: 1
inputs:
  image: { zarr: cells.ome.zarr }
steps:
  smooth: { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: 1 }, depth: 12, boundary: reflect, dtype: float32 }   # how blurred
outputs:
  smooth: { zarr: smooth.zarr }
`;

/** Blobs with edges, so that a blur shows. */
function value(y: number, x: number): number {
  return (Math.floor(y / 17) * 5 + Math.floor(x / 23) * 3) % 7 < 3 ? 3000 + 2 * x : 200 + y;
}

describe.skipIf(CHROMIUM === undefined)("the page of lamella view --pipeline", { timeout: 300_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-preview-"));
  const file = path.join(folder, "smooth.yaml");
  let browser: Browser;
  let server: LocalServer;
  let close: () => Promise<void>;

  /** What `run` writes for the file with another sigma. */
  async function written(sigma: number): Promise<(y: number, x: number) => number> {
    const document = parsePipelineText(TEXT.replace("sigma: 1", `sigma: ${sigma}`), file);
    const requests = await pipelineOutputs(document, {}, folder, "test");
    const plan = await compile(requests, { overwrite: true, budget: { workers: 1, memoryMiB: 1024 } });
    await runLocally(await beginRun(plan, new MemoryStore(), "local"), plan, { workers: 1 });
    const { data } = await (await fromZarr(path.join(folder, "smooth.zarr"))).compute();
    return (y, x) => Number(data[y * WIDTH + x]);
  }

  beforeAll(async () => {
    const page = await builtPage();
    browser = await launch();
    await makeImage(path.join(folder, "cells.ome.zarr"), {
      shape: [1, 1, 1, HEIGHT, WIDTH],
      dtype: "uint16",
      levels: 2,
      chunk: [1, 1, 1, 128, 128],
      channels: [{ label: "DAPI", color: "40FF20", window: [0, 4000] }],
      value: (level, [, , , y, x]) => value(y << level, x << level),
    });
    writeFileSync(file, TEXT);
    server = await startLocalServer();
    const source = fileSource(file, TEXT, { base: folder, where: file });
    ({ close } = await mountPreview(server, source, { workers: 1, memoryMiB: 1024 }));
    server.mount("", pageMount(new FileStore(page)));
    server.mount("api", viewMount(new StepPictures(server.url)));
  });

  afterAll(async () => {
    await browser?.close();
    await close?.();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Whether the right panel shows these values, by the window that its sliders say. */
  async function expectStep(page: Page, wanted: (y: number, x: number) => number): Promise<void> {
    const step = page.getByRole("region", { name: "smooth" });
    // the window is that of the statistics, until somebody moves it
    const auto = step.getByRole("button", { name: /^Auto/ });
    await expect.poll(() => auto.isEnabled(), { timeout: 60_000 }).toBe(true);
    await step.getByLabel("DAPI window, dark end").fill("0");
    await step.getByLabel("DAPI window, bright end").waitFor();
    const low = Number(await step.getByLabel("DAPI window, dark end").inputValue());
    const high = Number(await step.getByLabel("DAPI window, bright end").inputValue());
    const half = IMAGE.width / 2;
    const hidden = (WIDTH - half) / 2;
    // below is the scale bar
    const box = { left: half, top: IMAGE.top + (IMAGE.height - HEIGHT) / 2, width: half, height: HEIGHT };
    await expectPixels(page, box, (x, y): Rgb | undefined => {
      // the line between the panels
      if (x === 0) return undefined;
      const share = Math.min(1, Math.max(0, (wanted(y, x + hidden) - low) / (high - low)));
      return [64 * share, 255 * share, 32 * share];
    });
  }

  test("a slider changes the pixels to those that a run writes, and they can be kept", async () => {
    const { page, complaints } = await open(browser, server, `x=${WIDTH / 2}&y=${HEIGHT / 2}&zoom=0`);
    await expectStep(page, await written(1));
    const slider = page.getByRole("slider", { name: "smooth: sigma" });
    await slider.fill("3");
    const sigma = Number(await slider.inputValue());
    expect(sigma).toBe(3);
    await expectStep(page, await written(3));
    await page.getByText("Running the whole").waitFor();
    await keepScreenshot(page, "preview");
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Write these values" }).click();
    await expect.poll(() => readFileSync(file, "utf8"), { timeout: 30_000 }).toContain("sigma: 3 }");
    expect(readFileSync(file, "utf8")).toContain("# how blurred");
    // at a coarser level it is only near
    await page.goto("about:blank");
    await page.goto(`${server.url}#x=${WIDTH / 2}&y=${HEIGHT / 2}&zoom=-1`);
    await page.getByText("approximate at this zoom").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
