import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lamella } from "../support/lamella.ts";
import { seriousFindings } from "./support/axe.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { type Index, makeImage } from "./support/make-image.ts";
import { type Viewing, view } from "./support/view-command.ts";
import { expectPixels, IMAGE, keepScreenshot, open, type Rgb } from "./support/viewer.ts";

const SHAPE: Index = [1, 1, 1, 400, 640];
/** `half` has every second pixel of the input, twice as far apart; `bright` a threshold of it; `cells` numbers them; `table` is no image. */
const PIPELINE = `version: 1
inputs:
  image: { zarr: cells.ome.zarr, component: "0" }
steps:
  double: { op: mapBlocks, in: image, expr: "image * 2", dtype: uint16 }
  half:   { op: slice, in: double, index: ":, :, :, ::2, ::2" }
  bright: { op: mapBlocks, in: image, kernel: threshold, args: { above: 1000 }, dtype: bool }
  cells:  { op: label, in: bright }
  table:  { op: measure, in: cells, image: image }
outputs:
  half:  { zarr: half.zarr }
  cells: { labelsOf: image }
  table: { csv: table.csv }
`;

function value(y: number, x: number): number {
  return (Math.floor(y / 40) + Math.floor(x / 32)) % 2 === 0 ? 1200 + 2 * x : 300 + y;
}

describe.skipIf(CHROMIUM === undefined)("the page of lamella view --run", { timeout: 240_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-view-run-"));
  let browser: Browser;
  let viewing: Viewing;
  let runId = "";

  beforeAll(async () => {
    browser = await launch();
    await makeImage(path.join(folder, "cells.ome.zarr"), {
      shape: SHAPE,
      dtype: "uint16",
      levels: 2,
      chunk: [1, 1, 1, 128, 128],
      channels: [{ label: "DAPI", color: "00FF40", window: [0, 2600] }],
      value: (level, [, , , y, x]) => value(y << level, x << level),
    });
    writeFileSync(path.join(folder, "p.yaml"), PIPELINE);
    const ran = await lamella(["run", "p.yaml", "--json", "--workers", "1"], folder);
    expect(ran.stderr).not.toContain("error");
    ({ runId } = JSON.parse(ran.stdout) as { runId: string });
    viewing = await view(["--run", runId], folder);
  });

  afterAll(async () => {
    await viewing?.stop();
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Where the middle of each panel is on the screen: three of equal width. */
  const width = IMAGE.width / 3;
  const middleOf = (panel: number) => ({
    x: Math.round(width * (panel + 0.5)),
    y: IMAGE.top + IMAGE.height / 2,
  });

  /** What the page reads under a point: indices of the first panel, values of all. */
  async function readAt(page: Page, point: { x: number; y: number }): Promise<string> {
    await page.mouse.move(point.x, point.y + 1);
    await page.mouse.move(point.x, point.y);
    const readOut = page.getByTestId("read-out");
    await expect.poll(() => readOut.innerText(), { timeout: 45_000 }).toMatch(/DAPI \d+[\s\S]*Label \d+/);
    return readOut.innerText();
  }

  test("shows input and outputs at the same place, and moves them together until they are unlinked", async () => {
    const { page, complaints } = await open(browser, viewing, "x=320&y=200&zoom=0");
    await expect.poll(() => page.getByRole("application").count()).toBe(3);
    const names = await page.locator(".caption strong").allTextContents();
    expect(names).toEqual(["Input image", "Output half", "Output cells"]);
    // The table is no image.
    expect(await page.getByText("Opening…").count()).toBe(0);
    // Labels laid over the input would hide its pixels.
    await page.getByLabel("cells", { exact: true }).uncheck();
    const box = { left: 2, top: middleOf(0).y - 200, width: Math.floor(width) - 4, height: 400 };
    const shown = (row: number, x: number): Rgb | undefined => {
      const column = Math.round(x + 2 + 320 - width / 2);
      if (row < 0 || row >= SHAPE[3] || column < 0 || column >= SHAPE[4]) return undefined;
      const share = value(row, column) / 2600;
      return [0, 255 * share, 64 * share];
    };
    await expectNear(page, box, shown);
    // One output has half the pixels, the other all of them: both are at the same place.
    const [y, x] = placeIn(await readAt(page, middleOf(0)));
    expect(Math.abs(y - 200) + Math.abs(x - 320)).toBeLessThan(3);
    // Between two pixels of the output either may be the nearest: the even ones are its own.
    const even = { x: middleOf(0).x + (x % 2), y: middleOf(0).y + (y % 2) };
    const [row, column] = [y + (y % 2), x + (x % 2)];
    await expect
      .poll(async () => valuesIn(await readAt(page, even), "DAPI"), { timeout: 45_000 })
      .toEqual([value(row, column), 2 * value(row, column)]);
    await keepScreenshot(page, "viewer-run");
    // Dragging an output moves the input.
    const from = middleOf(1);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x - 60, from.y + 40, { steps: 4 });
    await page.mouse.up();
    const moved = placeIn(await readAt(page, middleOf(0)));
    expect(moved[1] - x).toBeGreaterThan(40);
    expect(moved[1] - x).toBeLessThanOrEqual(61);
    expect(y - moved[0]).toBeGreaterThan(20);
    expect(y - moved[0]).toBeLessThanOrEqual(41);
    // A browser that has much to do renders the last move after the pointer was let go, and doesn't take it back.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 12 });
    for (const pull of [60, -60, 60, -60, 60, -60]) {
      const start = placeIn(await readAt(page, middleOf(0)))[1];
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(from.x + pull, from.y, { steps: 4 });
      await page.mouse.up();
      const pulled = Math.sign(pull) * (start - placeIn(await readAt(page, middleOf(0)))[1]);
      expect(pulled).toBeGreaterThan(40);
      expect(pulled).toBeLessThanOrEqual(61);
    }
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    // So does zooming it: two pixels of the output for each of the screen are four of the input.
    const scaleBars = () => page.locator(".scale-bar").allTextContents();
    const before = await scaleBars();
    expect(new Set(before).size).toBe(1);
    await page.getByRole("application", { name: /^Output half/ }).focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("+");
    await expect.poll(async () => [...new Set(await scaleBars())].length).toBe(1);
    expect(await scaleBars()).not.toEqual(before);
    const near = await scaleBars();
    // Unlinked, each has its own.
    await page.getByLabel("Linked views").uncheck();
    await page.getByRole("application", { name: /^Input image/ }).focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("-");
    await expect.poll(async () => (await scaleBars())[0]).not.toBe(near[0]);
    expect((await scaleBars()).slice(1)).toEqual(near.slice(1));
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows what is left of a run whose output is gone, and says what is missing", async () => {
    rmSync(path.join(folder, "half.zarr"), { recursive: true });
    const again = await view(["--run", runId], folder);
    const { page } = await open(browser, again, "");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.count()).toBe(1);
    expect(await alert.innerText()).toContain("half.zarr");
    await expect.poll(() => page.locator(".scale-bar").count()).toBe(2);
    await page.close();
    const { status, stderr } = await again.stop();
    expect([status, stderr]).toEqual([0, expect.stringContaining("warning: Output half can't be shown")]);
  });
});

/** Pixels at the edges of the blocks may be a screen pixel away, where a third of the page is no whole number of pixels. */
async function expectNear(
  page: Page,
  box: { left: number; top: number; width: number; height: number },
  shown: (row: number, x: number) => Rgb | undefined,
): Promise<void> {
  await expectPixels(page, box, (x, y) => {
    const wanted = shown(y, x);
    const around = [shown(y, x - 1), shown(y, x + 1), shown(y - 1, x), shown(y + 1, x)];
    const isFlat = wanted && around.every((each) => each && Math.abs(each[1] - wanted[1]) < 1);
    return isFlat ? wanted : undefined;
  });
}

/** y and x of the first panel's pixel. */
function placeIn(told: string): [number, number] {
  const [, y, x] = /y (\d+) +x (\d+)/.exec(told)!;
  return [Number(y), Number(x)];
}

/** The values of a channel, a panel after the other. */
function valuesIn(told: string, channel: string): number[] {
  return [...told.matchAll(new RegExp(`${channel} (\\d+)`, "g"))].map(([, each]) => Number(each));
}
