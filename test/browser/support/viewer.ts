import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { pageMount } from "../../../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { OpenPictures } from "../../../shared/view/open-pictures.ts";
import { viewMount } from "../../../shared/view/view-mount.ts";
import { decodePng, type Picture } from "./png.ts";

/** The page's size, and where its image is drawn: what style.css says. */
export const PAGE = { width: 1112, height: 682 };
export const IMAGE = { left: 0, top: 48, width: 800, height: 600 };

export type Rgb = readonly [number, number, number];

/** Builds the page, where that is still to do. */
export async function builtPage(): Promise<string> {
  const script = "../../../scripts/build-viewer.mjs";
  const { buildViewer } = (await import(script)) as { buildViewer(root: string): Promise<string> };
  return buildViewer(process.cwd());
}

/** Serves the page for some places, as `lamella view` does. */
export async function serve(page: string, places: readonly string[]): Promise<LocalServer> {
  const server = await startLocalServer();
  const panels = places.map((uri) => ({ title: path.basename(uri), uri }));
  server.mount("", pageMount(new FileStore(page)));
  server.mount("api", viewMount(new OpenPictures(panels)));
  return server;
}

export interface Opened {
  readonly page: Page;
  /** What the page said that went wrong, and whom it asked besides its server. */
  readonly complaints: string[];
}

/** Opens a page, looking where `place` (what follows "#") says, after `prepare`. */
export async function open(
  browser: Browser,
  server: { url: string },
  place = "",
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Opened> {
  const page = await browser.newPage({ viewport: PAGE, deviceScaleFactor: 1, reducedMotion: "reduce" });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url))
      complaints.push(request.url());
  });
  await prepare?.(page);
  await page.goto(place === "" ? server.url : `${server.url}#${place}`);
  return { page, complaints };
}

const TOLERANCE = 2;
const PATIENCE = 45_000;

/** Waits until the page's pixels are as expected, each channel within 2 of 255, at a grid of points of `box`. */
export async function expectPixels(
  page: Page,
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  expected: (x: number, y: number) => Rgb | undefined,
): Promise<void> {
  let last = "";
  await expect
    .poll(
      async () => {
        const bytes = await page.screenshot();
        last = firstDifference(decodePng(bytes), box, expected);
        if (last !== "") keep(bytes, "last-difference");
        return last;
      },
      { timeout: PATIENCE, interval: 250 },
    )
    .toBe("");
}

function firstDifference(
  picture: Picture,
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  expected: (x: number, y: number) => Rgb | undefined,
): string {
  for (let y = 0; y < box.height; y += 5) {
    for (let x = 0; x < box.width; x += 7) {
      const wanted = expected(x, y);
      if (!wanted) continue;
      const found = picture.at(box.left + x, box.top + y);
      if (found.some((value, i) => Math.abs(value - wanted[i]!) > TOLERANCE))
        return `at ${x}, ${y}: ${found.join()} instead of ${wanted.map((value) => value.toFixed(1)).join()}`;
    }
  }
  return "";
}

/** Keeps what a page looks like among the results of the build. */
export async function keepScreenshot(page: Page, name: string): Promise<Buffer> {
  const bytes = await page.screenshot();
  keep(bytes, name);
  return bytes;
}

function keep(bytes: Buffer, name: string): void {
  mkdirSync("build/screenshots", { recursive: true });
  writeFileSync(path.join("build/screenshots", `${name}.png`), bytes);
}
