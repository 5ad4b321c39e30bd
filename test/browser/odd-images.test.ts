import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalServer } from "../../shared/serve/http/server.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { groupMetadataObjects } from "../../shared/zarr/write.ts";
import { labelColor } from "../../viewer/src/data/label-color.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { makeImage } from "./support/make-image.ts";
import { builtPage, expectPixels, IMAGE, keepScreenshot, open, type Rgb, serve } from "./support/viewer.ts";

const [HEIGHT, WIDTH] = [200, 300];

/** A bare array of Zarr v3 or v2, in one chunk of raw bytes. */
interface Bare {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly names?: readonly string[];
  readonly isBigEndian?: boolean;
  readonly bytes?: Uint8Array;
  readonly version?: 2;
}

function writeBare(folder: string, { shape, dtype, names, isBigEndian = false, bytes, version }: Bare): void {
  mkdirSync(folder, { recursive: true });
  const chunk = shape.map((n) => Math.max(1, n));
  if (version === 2) {
    const letter = { int16: "i2", float32: "f4" }[dtype];
    writeFileSync(
      path.join(folder, ".zarray"),
      JSON.stringify({
        zarr_format: 2,
        shape,
        chunks: chunk,
        dtype: `${isBigEndian ? ">" : "<"}${letter}`,
        compressor: null,
        fill_value: 0,
        filters: null,
        order: "C",
      }),
    );
    if (bytes) writeFileSync(path.join(folder, shape.map(() => "0").join(".")), bytes);
    return;
  }
  writeFileSync(
    path.join(folder, "zarr.json"),
    JSON.stringify({
      zarr_format: 3,
      node_type: "array",
      shape,
      data_type: dtype,
      chunk_grid: { name: "regular", configuration: { chunk_shape: chunk } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
      fill_value: 0,
      codecs: [{ name: "bytes", configuration: { endian: isBigEndian ? "big" : "little" } }],
      ...(names ? { dimension_names: names } : {}),
      attributes: {},
    }),
  );
  if (!bytes) return;
  const file = path.join(folder, "c", ...shape.map(() => "0"));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function bytesOf(
  value: (y: number, x: number) => number,
  kind: "int16" | "float32",
  isBig: boolean,
): Uint8Array {
  const size = kind === "int16" ? 2 : 4;
  const view = new DataView(new ArrayBuffer(HEIGHT * WIDTH * size));
  for (let i = 0; i < HEIGHT * WIDTH; i++) {
    const number = value(Math.floor(i / WIDTH), i % WIDTH);
    if (kind === "int16") view.setInt16(i * size, number, !isBig);
    else view.setFloat32(i * size, number, !isBig);
  }
  return new Uint8Array(view.buffer);
}

describe.skipIf(CHROMIUM === undefined)(
  "odd images in the page of lamella view",
  { timeout: 240_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "lamella-odd-"));
    const at = (name: string) => path.join(folder, name);
    let browser: Browser;
    const servers: LocalServer[] = [];
    const served = async (...places: string[]): Promise<LocalServer> => {
      const server = await serve(await builtPage(), places);
      servers.push(server);
      return server;
    };

    beforeAll(async () => {
      browser = await launch();
    });

    afterAll(async () => {
      await browser?.close();
      for (const server of servers) await server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const box = {
      left: IMAGE.left + (IMAGE.width - WIDTH) / 2,
      top: IMAGE.top + (IMAGE.height - HEIGHT) / 2,
      width: WIDTH,
      height: HEIGHT,
    };
    const middle = `x=${WIDTH / 2}&y=${HEIGHT / 2}&zoom=0`;

    const ramp = (y: number, x: number): number => -3000 + 20 * x + 5 * y;
    const small = (y: number, x: number): number =>
      y === 7 && x === 9 ? Number.NaN : 1e-4 * (x - 150) + 1e-5 * y;
    const cases: readonly (Bare & {
      readonly name: string;
      readonly value: (y: number, x: number) => number;
    })[] = [
      {
        name: "2-D, big endian, negative",
        shape: [HEIGHT, WIDTH],
        dtype: "int16",
        isBigEndian: true,
        bytes: bytesOf(ramp, "int16", true),
        value: ramp,
      },
      {
        name: "Zarr v2, 3-D, big endian",
        shape: [1, HEIGHT, WIDTH],
        dtype: "int16",
        isBigEndian: true,
        version: 2,
        bytes: bytesOf(ramp, "int16", true),
        value: ramp,
      },
      {
        name: "small floats about zero, with NaN",
        shape: [HEIGHT, WIDTH],
        dtype: "float32",
        bytes: bytesOf(small, "float32", false),
        value: small,
      },
    ];

    test.each(cases)("a bare array is drawn by its own range: $name", async ({ name, value, ...bare }) => {
      const place = at(`${name.replaceAll(/\W+/g, "-")}.zarr`);
      writeBare(place, bare);
      const { page, complaints } = await open(browser, await served(place), middle);
      const auto = page.getByRole("button", { name: /^Auto/ });
      await expect.poll(() => auto.isEnabled()).toBe(true);
      const all = Array.from({ length: HEIGHT * WIDTH }, (_, i) => value(Math.floor(i / WIDTH), i % WIDTH));
      const sorted = Float64Array.from(all.filter((each) => !Number.isNaN(each))).sort();
      const [low, high] = [
        sorted[Math.floor(0.005 * (sorted.length - 1))]!,
        sorted[Math.ceil(0.998 * (sorted.length - 1))]!,
      ];
      await expectPixels(page, box, (x, y): Rgb => {
        const share = Math.min(1, Math.max(0, (value(y, x) - low) / (high - low))) || 0;
        return [255 * share, 255 * share, 255 * share];
      });
      await page.mouse.move(box.left + 40, box.top + 30);
      await expect
        .poll(() => page.getByTestId("read-out").innerText())
        .toContain(`Intensity ${Number(Math.fround(value(30, 40)).toPrecision(8))}`);
      expect(complaints).toEqual([]);
      await page.close();
    });

    test.each([
      ["1-D", { shape: [50], dtype: "int16" }, "its axes are dim_0"],
      ["6-D", { shape: [1, 1, 1, 1, 4, 4], dtype: "int16" }, "its axes are dim_0, dim_1"],
      [
        "5-D with other axes",
        { shape: [1, 2, 3, 4, 4], dtype: "int16", names: ["round", "c", "z", "y", "x"] },
        "its axes are round, c, z, y, x",
      ],
      ["x before y", { shape: [4, 4, 4], dtype: "int16", names: ["x", "y", "z"] }, "its axes are x, y, z"],
      ["complex", { shape: [4, 4], dtype: "complex64" }, "complex64"],
      ["empty", { shape: [0, 40], dtype: "int16" }, "This image is empty"],
      ["without planes", { shape: [0, 40, 40], dtype: "float32" }, "This image is empty"],
      ["cut short", { shape: [HEIGHT, WIDTH], dtype: "int16", bytes: new Uint8Array(100) }, "chunk"],
    ] as const)("what can't be shown is said on the page: %s", async (name, bare, message) => {
      const place = at(`${name.replaceAll(/\W+/g, "-")}-no.zarr`);
      writeBare(place, bare);
      const { page } = await open(browser, await served(place));
      const notice = page.locator(".notice", { hasText: message });
      await notice.waitFor({ timeout: 45_000 });
      // It says what to do, where anything can be done.
      if (!message.includes("empty"))
        expect((await notice.innerText()).trim().split("\n").length).toBeGreaterThan(1);
      await page.close();
    });

    test("of a group's arrays the first that can be shown is, and the others say what is wrong with them", async () => {
      mkdirSync(at("group.zarr"));
      writeFileSync(
        at("group.zarr/zarr.json"),
        JSON.stringify({ zarr_format: 3, node_type: "group", attributes: {} }),
      );
      writeBare(at("group.zarr/a-line"), { shape: [50], dtype: "int16" });
      writeBare(at("group.zarr/b-plane"), {
        shape: [HEIGHT, WIDTH],
        dtype: "int16",
        bytes: bytesOf(ramp, "int16", false),
      });
      const { page } = await open(browser, await served(at("group.zarr")));
      const images = page.getByRole("combobox", { name: "Image" });
      await expect.poll(() => images.inputValue()).toBe("b-plane");
      await images.selectOption("a-line");
      await page.locator(".notice", { hasText: "can't be shown as an image" }).waitFor();
      await images.selectOption("b-plane");
      await expect.poll(() => page.locator(".notice").count()).toBe(0);
      await page.close();
    });

    test("labels of several channels are drawn as labels, a channel at a time", async () => {
      const label = (c: number, y: number, x: number): number =>
        (Math.floor(y / 20) + Math.floor(x / 25)) % 2 === 0 ? 1 + c * 40 + Math.floor(x / 25) : 0;
      const sizes = { shape: [1, 2, 1, HEIGHT, WIDTH], levels: 1, chunk: [1, 1, 1, 100, 150] } as const;
      const image = at("channels.ome.zarr");
      await makeImage(image, {
        ...sizes,
        dtype: "uint8",
        channels: [
          { label: "nuclei", color: "000000", window: [0, 9] },
          { label: "membrane", color: "000000", window: [0, 9] },
        ],
        value: () => 0,
      });
      await makeImage(path.join(image, "labels/cells"), {
        ...sizes,
        dtype: "uint32",
        value: (_, [, c, , y, x]) => label(c, y, x),
        label: {},
      });
      const list = { ome: { version: "0.5", labels: ["cells"] } };
      for (const { key, bytes } of groupMetadataObjects(3, list))
        await new FileStore(path.join(image, "labels")).put(key, bytes);
      const drawn =
        (c: number) =>
        (x: number, y: number): Rgb | undefined => {
          const value = label(c, y, x);
          const [r, g, b] = labelColor(value, new Map());
          return value === 0 ? undefined : [r, g, b];
        };
      const over = await open(browser, await served(image), middle);
      await over.page.getByLabel("cells: opacity").fill("1");
      await expectPixels(over.page, box, drawn(0));
      await over.page.getByLabel("cells: channel").selectOption({ label: "membrane" });
      await expectPixels(over.page, box, drawn(1));
      await over.page.mouse.move(box.left + 60, box.top + 5);
      await expect
        .poll(() => over.page.getByTestId("read-out").innerText())
        .toContain(`cells ${label(1, 5, 60)}`);
      expect(over.complaints).toEqual([]);
      await over.page.close();
      const itself = await open(browser, await served(path.join(image, "labels/cells")), middle);
      await expectPixels(itself.page, box, drawn(0));
      await itself.page.getByLabel("Channel of the labels").selectOption({ index: 1 });
      await expectPixels(itself.page, box, drawn(1));
      await keepScreenshot(itself.page, "viewer-label-channels");
      await itself.page.mouse.move(box.left + 61, box.top + 5);
      await expect
        .poll(() => itself.page.getByTestId("read-out").innerText())
        .toContain(`Label ${label(1, 5, 61)}`);
      expect(itself.complaints).toEqual([]);
      await itself.page.close();
    });

    test("a browser that draws no WebGL is told so", async () => {
      writeBare(at("plain.zarr"), { shape: [HEIGHT, WIDTH], dtype: "int16" });
      const plain = await chromium.launch({
        executablePath: CHROMIUM!,
        args: ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"],
      });
      const { page } = await open(plain, await served(at("plain.zarr")));
      await page.locator(".notice", { hasText: "WebGL" }).waitFor({ timeout: 45_000 });
      await plain.close();
    });
  },
);
