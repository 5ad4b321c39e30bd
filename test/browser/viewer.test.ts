import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalServer } from "../../shared/serve/http/server.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { groupMetadataObjects } from "../../shared/zarr/write.ts";
import { labelColor } from "../../viewer/src/data/label-color.ts";
import { seriousFindings } from "./support/axe.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { type Index, makeImage } from "./support/make-image.ts";
import { decodePng } from "./support/png.ts";
import { builtPage, expectPixels, IMAGE, keepScreenshot, open, type Rgb, serve } from "./support/viewer.ts";

const SHAPE: Index = [2, 2, 3, 480, 720];
const COLORS: readonly Rgb[] = [
  [0, 255, 64],
  [255, 32, 200],
];
const WINDOWS = [
  [100, 3900],
  [0, 5000],
] as const;

/** Smooth enough to look at, and different in every index and level. */
function value(level: number, [t, c, z, y, x]: Index): number {
  const scale = 2 ** level;
  const wave = Math.sin((x * scale) / 40 + z + c) * Math.cos((y * scale) / 30 + 2 * t);
  return Math.round(1700 + 1500 * wave + 200 * level + 100 * c);
}

function label(_level: number, [, , z, y, x]: Index, scale: number): number {
  const [row, column] = [Math.floor((y * scale) / 60), Math.floor((x * scale) / 60)];
  return (row + column + z) % 2 === 0 ? row * 12 + column + 1 : 0;
}

/** What the screen shows of pixel values: windows, colours, added up. */
function color(values: readonly (number | undefined)[]): Rgb {
  const sum = [0, 0, 0];
  for (const [c, value] of values.entries()) {
    if (value === undefined) continue;
    const [low, high] = WINDOWS[c]!;
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    for (let i = 0; i < 3; i++) sum[i]! += share * COLORS[c]![i]!;
  }
  return sum.map((each) => Math.min(255, each)) as unknown as Rgb;
}

/** The image drawn with its middle in the middle, `zoom` as in the address: what is where on the screen. */
function drawn(zoom: number, rgb: (level: number, y: number, x: number) => Rgb) {
  const scale = 2 ** zoom;
  const [, , , height, width] = SHAPE;
  const box = {
    left: IMAGE.left + (IMAGE.width - width * scale) / 2,
    top: IMAGE.top + (IMAGE.height - height * scale) / 2,
    width: width * scale,
    height: height * scale,
  };
  return { box, rgb: (x: number, y: number) => rgb(Math.max(0, -zoom), y, x) };
}

const MIDDLE = "x=360&y=240";

describe.skipIf(CHROMIUM === undefined)("the page of lamella view", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-viewer-"));
  const zarr = path.join(folder, "made.ome.zarr");
  let browser: Browser;
  let server: LocalServer;

  beforeAll(async () => {
    const page = await builtPage();
    browser = await launch();
    await makeImage(zarr, {
      shape: SHAPE,
      dtype: "uint16",
      levels: 2,
      chunk: [1, 1, 1, 120, 120],
      shard: [1, 1, 1, 240, 360],
      channels: [
        { label: "DAPI", color: "00FF40", window: WINDOWS[0] },
        { label: "GFP", color: "FF20C8", window: WINDOWS[1] },
      ],
      value,
    });
    await makeImage(path.join(zarr, "labels/cells"), {
      shape: [SHAPE[0], 1, SHAPE[2], SHAPE[3], SHAPE[4]],
      dtype: "uint32",
      levels: 2,
      chunk: [1, 1, 1, 240, 360],
      value: (level, index) => label(level, index, 2 ** level),
      label: { colors: [{ "label-value": 1, rgba: [255, 0, 0, 255] }] },
    });
    const list = { ome: { version: "0.5", labels: ["cells"] } };
    for (const { key, bytes } of groupMetadataObjects(3, list))
      await new FileStore(path.join(zarr, "labels")).put(key, bytes);
    server = await serve(page, [zarr]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const channels = (t: number, z: number) => (level: number, y: number, x: number) =>
    [0, 1].map((c) => value(level, [t, c, z, y, x]));

  test.each([0, -1])("shows the array's pixels at zoom %i, of the level that belongs to it", async (zoom) => {
    const { page, complaints } = await open(browser, server, `${MIDDLE}&zoom=${zoom}&z=1&t=1`);
    await page.getByLabel("cells", { exact: true }).uncheck();
    const { box, rgb } = drawn(zoom, (level, y, x) => color(channels(1, 1)(level, y, x)));
    await expectPixels(page, box, rgb);
    await keepScreenshot(page, `viewer-zoom${zoom}`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("switches channels, moves windows, goes through Z and time", async () => {
    const { page, complaints } = await open(browser, server, `${MIDDLE}&zoom=0&z=0`);
    await page.getByLabel("cells", { exact: true }).uncheck();
    await page.getByLabel("GFP", { exact: true }).uncheck();
    const one = drawn(0, (level, y, x) => color([value(level, [0, 0, 0, y, x]), undefined]));
    await expectPixels(page, one.box, one.rgb);
    await page.getByLabel("GFP", { exact: true }).check();
    await page.getByRole("slider", { name: "Z" }).fill("2");
    await page.getByRole("slider", { name: "Time" }).fill("1");
    const moved = drawn(0, (level, y, x) => color(channels(1, 2)(level, y, x)));
    await expectPixels(page, moved.box, moved.rgb);
    await page.getByLabel("GFP", { exact: true }).uncheck();
    await page.getByLabel("DAPI window, dark end").fill("1100");
    const dark = drawn(0, (level, y, x): Rgb => {
      const share = Math.min(1, Math.max(0, (value(level, [1, 0, 2, y, x]) - 1100) / 2800));
      return [0, 255 * share, 64 * share];
    });
    await expectPixels(page, dark.box, dark.rgb);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each([0, -1])(
    "lays labels over the image at zoom %i, with the colours that they bring",
    async (zoom) => {
      const { page, complaints } = await open(browser, server, `${MIDDLE}&zoom=${zoom}&z=0`);
      await page.getByLabel("cells: opacity").fill("0.6");
      const { box, rgb } = drawn(zoom, (level, y, x) => {
        const below = color(channels(0, 0)(level, y, x));
        const [r, g, b, a] = labelColor(
          label(level, [0, 0, 0, y, x], 2 ** level),
          new Map([[1, [255, 0, 0, 255]]]),
        );
        const opacity = (0.6 * a) / 255;
        return below.map((value, i) => value * (1 - opacity) + [r, g, b][i]! * opacity) as unknown as Rgb;
      });
      await expectPixels(page, box, rgb);
      await keepScreenshot(page, `viewer-labels${zoom}`);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test("reads the pixel under the pointer, and the one that arrow keys lead to", async () => {
    const { page } = await open(browser, server, `${MIDDLE}&zoom=-1&z=1&t=0`);
    const readOut = page.getByTestId("read-out");
    await expectPixels(page, drawn(-1, () => [0, 0, 0]).box, () => undefined);
    // at zoom -1 a pixel of the screen is two of the array
    await page.mouse.move(IMAGE.left + IMAGE.width / 2 + 10, IMAGE.top + IMAGE.height / 2 - 20);
    const at = (y: number, x: number) => [0, 1].map((c) => value(0, [0, c, 1, y, x]));
    const [dapi, gfp] = at(200, 380);
    await expect.poll(() => readOut.innerText()).toContain(`DAPI ${dapi}`);
    const told = await readOut.innerText();
    expect(told).toContain("y 200");
    expect(told).toContain("x 380");
    expect(told).toContain(`GFP ${gfp}`);
    expect(told).toContain("190 µm, 100 µm, 2 µm");
    expect(told).toContain(`cells ${label(0, [0, 0, 1, 200, 380], 1)}`);
    await page.mouse.move(5, 5);
    await page.getByRole("application").focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowDown"])
      await page.keyboard.press(key);
    await expect.poll(() => readOut.innerText()).toContain(`DAPI ${at(260, 364)[0]}`);
    expect(await readOut.innerText()).toContain("x 364");
    await page.keyboard.press("PageUp");
    await expect.poll(() => readOut.innerText()).toContain(`DAPI ${value(0, [0, 0, 2, 260, 364])}`);
    await page.close();
  });

  test("draws the chunks and shards, and says how large they are", async () => {
    const { page } = await open(browser, server, `${MIDDLE}&zoom=0&z=0`);
    await page.getByLabel("cells", { exact: true }).uncheck();
    await page.getByLabel("DAPI", { exact: true }).uncheck();
    await page.getByLabel("GFP", { exact: true }).uncheck();
    await page.getByLabel("Chunk grid").check();
    const { box } = drawn(0, () => [0, 0, 0]);
    await expect
      .poll(
        async () => {
          const picture = decodePng(await keepScreenshot(page, "viewer-grid"));
          const bright = (x: number): number => Math.max(...picture.at(box.left + x, box.top + 50));
          const near = (x: number): number => Math.max(bright(x - 1), bright(x));
          return [near(120) > 80, near(360) > 150, near(60) < 40];
        },
        { timeout: 45_000 },
      )
      .toEqual([true, true, true]);
    const text = await page.getByRole("complementary").innerText();
    expect(text).toContain("1 × 1 × 1 × 120 × 120 · 28.1 KiB");
    expect(text).toContain("1 × 1 × 1 × 240 × 360 · 169 KiB");
    await page.close();
  });

  test("shows two images side by side, at the same place", async () => {
    const other = path.join(folder, "shifted.ome.zarr");
    await makeImage(other, {
      shape: SHAPE,
      dtype: "uint16",
      levels: 2,
      chunk: [1, 1, 1, 240, 360],
      value: (level, [t, c, z, y, x]) => value(level, [t, c, z, y, x]) + 100,
    });
    const both = await serve(await builtPage(), [zarr, other]);
    const { page, complaints } = await open(browser, both, `${MIDDLE}&zoom=0&z=1`);
    const readOut = page.getByTestId("read-out");
    await expect.poll(() => page.getByRole("application").count()).toBe(2);
    const [left, right] = await Promise.all(
      [0, 1].map(async (i) => (await page.getByRole("application").nth(i).boundingBox())!),
    );
    const middleOf = (box: typeof left) => ({
      x: Math.floor(box!.x + box!.width / 2),
      y: Math.floor(box!.y + box!.height / 2),
    });
    /** Points somewhere, and reads the pixel of the first image that is told, once values of both are right. */
    const pixelAt = async ({ x, y }: { x: number; y: number }): Promise<{ y: number; x: number }> => {
      let found = { y: -1, x: -1 };
      await expect
        .poll(
          async () => {
            await page.mouse.move(x, y + 1);
            await page.mouse.move(x, y);
            // values come a moment later; of how long a moment is nothing is known
            await expect.poll(() => readOut.innerText()).toMatch(/DAPI \d+[\s\S]*Channel 0 \d+/);
            const told = await readOut.innerText();
            const [, atY, atX, first, second] =
              /y (\d+) +x (\d+)[\s\S]*DAPI (\d+)[\s\S]*Channel 0 (\d+)/.exec(told)?.map(Number) ?? [];
            if (atY === undefined || atX === undefined) return told;
            found = { y: atY, x: atX };
            const wanted = value(0, [0, 0, 1, atY, atX]);
            return first === wanted && second === wanted + 100;
          },
          { timeout: 60_000, interval: 250 },
        )
        .toBe(true);
      return found;
    };
    const middle = middleOf(left);
    const before = await pixelAt({ x: middle.x - 40, y: middle.y });
    expect(before.y).toBe(240);
    expect(before.x).toBeGreaterThanOrEqual(319);
    expect(before.x).toBeLessThanOrEqual(321);
    // dragging one moves the other
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.down();
    for (let step = 1; step <= 10; step++) {
      await page.mouse.move(middle.x - 6 * step, middle.y + 3 * step);
      // moves of one frame reach the page as one, and a drag begins with the second that it sees
      await page.evaluate("new Promise(requestAnimationFrame)");
    }
    await page.mouse.up();
    const after = await pixelAt(middleOf(right));
    expect(after.x).toBeGreaterThan(390);
    expect(after.x).toBeLessThanOrEqual(421);
    expect(after.y).toBeGreaterThanOrEqual(209);
    expect(after.y).toBeLessThan(230);
    await keepScreenshot(page, "viewer-pair");
    expect(complaints).toEqual([]);
    await both.close();
    await page.close();
  });

  test("waits for the first of two images, which comes last, without drawing all the while", async () => {
    const both = await serve(await builtPage(), [zarr, zarr]);
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const asked: (string | null)[] = [];
    const { page, complaints } = await open(browser, both, `${MIDDLE}&zoom=0&z=1`, (page) =>
      page.route("**/api/image?*", async (route) => {
        const panel = new URL(route.request().url()).searchParams.get("panel");
        asked.push(panel);
        if (panel === asked[0]) await held;
        await route.continue();
      }),
    );
    const scaleBars = page.locator(".scale-bar");
    const opening = page.getByText("Opening…");
    await expect.poll(() => opening.count()).toBe(1);
    await page.waitForTimeout(500);
    expect(complaints).toEqual([]);
    letGo();
    await expect.poll(() => scaleBars.count(), { timeout: 30_000 }).toBe(2);
    const told = await scaleBars.allInnerTexts();
    expect(told[1]).toBe(told[0]);
    expect(complaints).toEqual([]);
    expect(asked).toHaveLength(2);
    await both.close();
    await page.close();
  });

  test("shows the second of two images whose first does not open", async () => {
    const both = await serve(await builtPage(), [path.join(folder, "gone.ome.zarr"), zarr]);
    const { page } = await open(browser, both, `${MIDDLE}&zoom=0&z=1`);
    await expect.poll(() => page.locator(".scale-bar").count(), { timeout: 30_000 }).toBe(1);
    await expect.poll(() => page.getByRole("alert").count()).toBe(1);
    await both.close();
    await page.close();
  });

  test("tells metadata and provenance, and passes axe without serious findings", async () => {
    const { page } = await open(browser, server, `${MIDDLE}&zoom=0&z=0`);
    await page.getByText("Metadata", { exact: true }).click();
    expect(await page.getByRole("complementary").innerText()).toContain('"zarrFormat": 3');
    expect(await seriousFindings(page)).toEqual([]);
    await page.close();
  });
});
