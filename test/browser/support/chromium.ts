import { accessSync, constants } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function find(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const named = process.env["LAMELLA_CHROMIUM"];
  const all = [
    ...(named ? [named] : []),
    ...folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))),
  ];
  return all.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where a Chromium is: LAMELLA_CHROMIUM, else on the PATH. */
export const CHROMIUM = find();

if (CHROMIUM === undefined)
  console.warn("no Chromium: browser tests are skipped (apt-get install chromium, or set LAMELLA_CHROMIUM)");

/** A browser that draws WebGL in software, without a screen. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--no-sandbox",
      "--force-color-profile=srgb",
    ],
  });
}
