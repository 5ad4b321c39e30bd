import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalServer } from "../../shared/serve/http/server.ts";
import { seriousFindings } from "./support/axe.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { makeImage } from "./support/make-image.ts";
import { builtPage, expectPixels, IMAGE, keepScreenshot, open, type Rgb, serve } from "./support/viewer.ts";

const [DEPTH, HEIGHT, WIDTH] = [6, 1104, 1600];
const STEP = 4;

function value(z: number, y: number, x: number): number {
  return Math.round(1500 + 900 * Math.sin(x / 90 + z) * Math.cos(y / 70) + 40 * ((x + y) % 2));
}

describe.skipIf(CHROMIUM === undefined)("images without coarser levels", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-flat-"));
  const zarr = path.join(folder, "flat.ome.zarr");
  const vast = path.join(folder, "vast.zarr");
  let browser: Browser;
  const servers: LocalServer[] = [];

  beforeAll(async () => {
    browser = await launch();
    await makeImage(zarr, {
      shape: [1, 1, DEPTH, HEIGHT, WIDTH],
      dtype: "uint16",
      levels: 1,
      chunk: [1, 1, 3, 300, 400],
      channels: [{ label: "DAPI", color: "FFFFFF", window: [0, 3000] }],
      value: (_, [, , z, y, x]) => value(z, y, x),
    });
    await mkdir(path.join(vast, "0"), { recursive: true });
    // 2.2 TB of planes, 69 GB to see one of them whole, of which nothing is stored: all is fill value.
    writeFileSync(
      path.join(vast, "zarr.json"),
      JSON.stringify({ zarr_format: 3, node_type: "group", attributes: {} }),
    );
    writeFileSync(
      path.join(vast, "0/zarr.json"),
      JSON.stringify({
        zarr_format: 3,
        node_type: "array",
        shape: [64, 131072, 131072],
        data_type: "uint16",
        chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 512, 512] } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        fill_value: 40000,
        codecs: [{ name: "bytes", configuration: { endian: "little" } }],
        attributes: {},
      }),
    );
    for (const place of [zarr, vast]) servers.push(await serve(await builtPage(), [place]));
  });

  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("zoomed out, pixels are picked evenly, and the page says which and how to do better", async () => {
    const { page, complaints } = await open(
      browser,
      servers[0]!,
      `x=${WIDTH / 2}&y=${HEIGHT / 2}&zoom=-2&z=1`,
    );
    const box = {
      left: IMAGE.left + (IMAGE.width - WIDTH / STEP) / 2,
      top: IMAGE.top + (IMAGE.height - HEIGHT / STEP) / 2,
      width: WIDTH / STEP,
      height: Math.floor(HEIGHT / STEP),
    };
    const picked =
      (z: number) =>
      (x: number, y: number): Rgb => {
        const share = value(z, Math.floor((y + 0.5) * STEP), Math.floor((x + 0.5) * STEP)) / 3000;
        return [255 * share, 255 * share, 255 * share];
      };
    await expectPixels(page, box, picked(1));
    await page.getByText("every 4th pixel: no coarser level is stored").waitFor();
    expect(await page.getByRole("complementary").innerText()).toContain(`lamella pyramid ${zarr}`);
    await page.getByRole("slider", { name: "Z" }).fill("5");
    await expectPixels(page, box, picked(5));
    await keepScreenshot(page, "viewer-no-pyramid");
    await page.getByRole("application").focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("+");
    await expect.poll(() => page.getByText("no coarser level").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("asks before much is read", async () => {
    const { page, complaints } = await open(browser, servers[1]!);
    const pixels: string[] = [];
    page.on("request", (request) => request.url().includes("api/pixels") && pixels.push(request.url()));
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("64 GiB of chunks would be read");
    expect(await alert.innerText()).toContain(`lamella pyramid ${vast}#0`);
    expect(pixels).toEqual([]);
    expect(await seriousFindings(page)).toEqual([]);
    await keepScreenshot(page, "viewer-too-much");
    await alert.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => alert.count()).toBe(0);
    await expect.poll(() => pixels.length).toBeGreaterThan(0);
    await page.getByText(/every \d+\w\w pixel/).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
