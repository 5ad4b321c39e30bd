import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeS3 } from "../support/fake-s3.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { makeImage } from "./support/make-image.ts";
import { type Viewing, view } from "./support/view-command.ts";
import { expectPixels, IMAGE, keepScreenshot, open, type Rgb } from "./support/viewer.ts";

const [HEIGHT, WIDTH] = [300, 400];
const WELLS = ["A/1", "A/2", "B/1", "B/2"];

function value(well: number, field: number, y: number, x: number): number {
  return (well * 40 + field * 20 + Math.floor(y / 50) * 7 + Math.floor(x / 40) * 11) % 241;
}

/** A plate of four wells with two fields each. */
async function makePlate(plate: string): Promise<void> {
  for (const [well, name] of WELLS.entries()) {
    for (const field of [0, 1]) {
      await makeImage(path.join(plate, name, String(field)), {
        shape: [1, 1, 1, HEIGHT, WIDTH],
        dtype: "uint8",
        levels: 2,
        chunk: [1, 1, 1, 150, 200],
        channels: [{ label: "Hoechst", color: "4080FF", window: [0, 250] }],
        value: (level, [, , , y, x]) => value(well, field, y << level, x << level),
      });
    }
    const images = [{ path: "0" }, { path: "1" }];
    write(path.join(plate, name, "zarr.json"), { version: "0.5", well: { images } });
    write(path.join(plate, name.slice(0, 1), "zarr.json"), undefined);
  }
  const wells = WELLS.map((each) => ({
    path: each,
    rowIndex: each.startsWith("A") ? 0 : 1,
    columnIndex: each.endsWith("1") ? 0 : 1,
  }));
  const [rows, columns] = [
    ["A", "B"],
    ["1", "2"],
  ].map((names) => names.map((name) => ({ name })));
  write(path.join(plate, "zarr.json"), { version: "0.5", plate: { rows, columns, wells, field_count: 2 } });
}

function write(file: string, ome: object | undefined): void {
  writeFileSync(
    file,
    JSON.stringify({ zarr_format: 3, node_type: "group", attributes: ome === undefined ? {} : { ome } }),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(path.join(folder, name)).isFile(),
  );
}

describe.skipIf(CHROMIUM === undefined)("plates in the page of lamella view", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "lamella-plate-"));
  let browser: Browser;
  let s3: FakeS3;
  const viewing: Viewing[] = [];

  beforeAll(async () => {
    browser = await launch();
    const plate = path.join(folder, "plate.zarr");
    await makePlate(plate);
    s3 = await new FakeS3().start();
    const bucket = s3.createBucket("screens");
    for (const name of filesIn(plate)) {
      const key = `2026/plate.zarr/${name.split(path.sep).join("/")}`;
      bucket.set(key, { bytes: readFileSync(path.join(plate, name)), etag: `"${bucket.size}"`, headers: {} });
    }
  });

  afterAll(async () => {
    for (const each of viewing) await each.stop();
    await browser?.close();
    await s3?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(["on this computer", "in S3"])("%s: shows the field that is chosen", async (where) => {
    const isAway = where === "in S3";
    const env = {
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    };
    const started = await view(
      [isAway ? "s3://screens/2026/plate.zarr" : "plate.zarr"],
      folder,
      isAway ? { env } : {},
    );
    viewing.push(started);
    const { page, complaints } = await open(browser, started, `x=${WIDTH / 2}&y=${HEIGHT / 2}&zoom=0`);
    const box = {
      left: IMAGE.left + (IMAGE.width - WIDTH) / 2,
      top: IMAGE.top + (IMAGE.height - HEIGHT) / 2,
      width: WIDTH,
      height: HEIGHT,
    };
    const drawn =
      (well: number, field: number) =>
      (x: number, y: number): Rgb => {
        const share = value(well, field, y, x) / 250;
        return [64 * share, 128 * share, 255 * share];
      };
    await expectPixels(page, box, drawn(0, 0));
    const fields = page.getByRole("combobox", { name: "Image" });
    expect(await fields.locator("option").allTextContents()).toEqual(
      WELLS.flatMap((well) => [`${well}/0`, `${well}/1`]),
    );
    // The window that somebody chose stays from field to field, so that they can be compared.
    await page.getByLabel("Hoechst window, bright end").fill("245");
    await fields.selectOption("B/2/1");
    await expectPixels(
      page,
      box,
      (x, y) => drawn(3, 1)(x, y).map((each) => (each * 250) / 245) as unknown as Rgb,
    );
    await page.mouse.move(box.left + 81, box.top + 51);
    await expect
      .poll(() => page.getByTestId("read-out").innerText())
      .toContain(`Hoechst ${value(3, 1, 51, 81)}`);
    const place = isAway ? "s3://screens/2026/plate.zarr" : path.join(folder, "plate.zarr");
    expect(await page.getByRole("complementary").innerText()).toContain(place);
    if (isAway) {
      await keepScreenshot(page, "viewer-plate-s3");
      expect(s3.requests.length).toBeGreaterThan(0);
      // What can't be fetched is told of, and the page lives on.
      s3.fail({ kind: "status", status: 403, code: "AccessDenied" }, 100);
      await fields.selectOption("A/2/1");
      const alert = page.getByRole("alert");
      await alert.waitFor({ timeout: 45_000 });
      expect(await alert.innerText()).toMatch(/s3:\/\/screens|denied/i);
    }
    expect(complaints.filter((text) => !/403/.test(text))).toEqual([]);
    await page.close();
  });
});
