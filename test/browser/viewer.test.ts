import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalServer } from "../../shared/serve/http/server.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { type Index, makeImage } from "./support/make-image.ts";
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

describe.skipIf(CHROMIUM === undefined)("the page of lamella view", () => {
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
    server = await serve(page, [zarr]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([0, -1])("shows the array's pixels at zoom %i, of the level that belongs to it", async (zoom) => {
    const { page, complaints } = await open(browser, server, `${MIDDLE}&zoom=${zoom}&z=1&t=1`);
    const { box, rgb } = drawn(zoom, (level, y, x) =>
      color([value(level, [1, 0, 1, y, x]), value(level, [1, 1, 1, y, x])]),
    );
    await expectPixels(page, box, rgb);
    await keepScreenshot(page, `viewer-zoom${zoom}`);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
