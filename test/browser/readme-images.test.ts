import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { lamella } from "../support/lamella.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { decodePng } from "./support/png.ts";
import { type Viewing, view } from "./support/view-command.ts";
import { keepScreenshot } from "./support/viewer.ts";

const LABELS = `version: 1
inputs:
  image: { zarr: cells.ome.zarr, component: "0/0" }
steps:
  smooth: { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: 1.5 }, depth: 6, boundary: reflect }
  bright: { op: mapBlocks, in: smooth, kernel: threshold, args: { above: 900 }, dtype: bool }
  nuclei: { op: slice, in: bright, index: ":, :1" }
  cells:  { op: label, in: nuclei }
outputs:
  cells: { labelsOf: image }
`;
const SMOOTH = LABELS.slice(0, LABELS.indexOf("  nuclei:")).concat(
  "outputs:\n  bright: { zarr: bright.zarr }\n",
);

/** The README's pictures, as `lamella view` shows them. `LAMELLA_README_IMAGES=1` puts them into docs/images. */
describe.skipIf(CHROMIUM === undefined)("pictures of the README", { timeout: 300_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-pictures-"));
  let browser: Browser;
  const viewing: Viewing[] = [];

  beforeAll(async () => {
    browser = await launch();
    await makeDemoImage(path.join(folder, "cells.ome.tif"), { shape: [1, 2, 6, 640, 832] });
    writeFileSync(path.join(folder, "label.yaml"), LABELS);
    writeFileSync(path.join(folder, "segment.yaml"), SMOOTH);
    for (const args of [
      ["convert", "cells.ome.tif", "cells.ome.zarr"],
      ["run", "label.yaml"],
    ])
      expect((await lamella(args, folder)).status).toBe(0);
  });

  afterAll(async () => {
    for (const each of viewing) await each.stop();
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    {
      name: "viewer",
      args: ["cells.ome.zarr"],
      ready: "cells",
      box: { x: 40, y: 100, width: 600, height: 400 },
    },
    {
      name: "preview",
      args: ["--pipeline", "segment.yaml"],
      ready: "Running the whole",
      box: { x: 460, y: 220, width: 300, height: 180 },
    },
  ])("$name", async ({ name, args, ready, box }) => {
    const started = await view(args, folder);
    viewing.push(started);
    const page = await browser.newPage({ viewport: { width: 1180, height: 590 }, reducedMotion: "reduce" });
    await page.goto(started.url);
    await page.getByText(ready, { exact: true }).first().waitFor();
    await expect.poll(() => page.getByText("Opening…").count(), { timeout: 90_000 }).toBe(0);
    // the noise of the camera goes under, and takes no bytes
    for (const channel of name === "viewer" ? ["nuclei", "membrane"] : [])
      await page.getByLabel(`${channel} window, dark end`).first().fill("450");
    await expect.poll(() => colorsIn(page, box), { timeout: 90_000, interval: 500 }).toBeGreaterThan(1);
    await page.evaluate("document.activeElement.blur(); document.querySelector('.sidebar').scrollTo(0, 0)");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await keepScreenshot(page, `readme-${name}`);
    if (process.env["LAMELLA_README_IMAGES"]) {
      mkdirSync("docs/images", { recursive: true });
      copyFileSync(`build/screenshots/readme-${name}.png`, `docs/images/${name}.png`);
    }
    expect(existsSync(`docs/images/${name}.png`)).toBe(true);
    expect((await started.stop()).status).toBe(0);
    await page.close();
  });
});

async function colorsIn(
  page: Page,
  box: { x: number; y: number; width: number; height: number },
): Promise<number> {
  const picture = decodePng(await page.screenshot());
  const found = new Set<string>();
  for (let y = 0; y < box.height; y += 5)
    for (let x = 0; x < box.width; x += 5)
      found.add(
        picture
          .at(box.x + x, box.y + y)
          .map((each) => each >> 5)
          .join(),
      );
  return found.size;
}
