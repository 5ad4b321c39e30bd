import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { folderFor, redirectPage } from "../../cli/redirect-page.ts";
import { CHROMIUM, launch } from "./support/chromium.ts";
import { makeImage } from "./support/make-image.ts";
import { view } from "./support/view-command.ts";

const folder = mkdtempSync(path.join(tmpdir(), "lamella-open-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a browser that is a snap gets the page where it can read it", () => {
  expect(folderFor("firefox_firefox.desktop", folder)).toBe(tmpdir());
  mkdirSync(path.join(folder, "snap/firefox/common"), { recursive: true });
  expect(folderFor("firefox_firefox.desktop\n", folder)).toBe(path.join(folder, "snap/firefox/common"));
  expect(folderFor("../_x.desktop", folder)).toBe(tmpdir());
  expect(folderFor("firefox-esr.desktop", folder)).toBe(tmpdir());
});

test("the page is its owner's alone, and goes", () => {
  const page = redirectPage('http://127.0.0.1:1/a"><script>&/', folder);
  expect(statSync(page.file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(page.file)).mode & 0o777).toBe(0o700);
  expect(readFileSync(page.file, "utf8")).not.toContain("<script>");
  page.remove();
  expect(() => statSync(path.dirname(page.file))).toThrow();
});

describe.skipIf(CHROMIUM === undefined)("opening the browser", { timeout: 120_000 }, () => {
  test("the token is in no argument, and the browser comes to the page all the same", async () => {
    await makeImage(path.join(folder, "a.zarr"), {
      shape: [1, 1, 1, 8, 8],
      dtype: "uint8",
      levels: 1,
      chunk: [1, 1, 1, 8, 8],
      value: () => 1,
    });
    // What a desktop's own command would be started with.
    mkdirSync(path.join(folder, "bin"));
    const told = path.join(folder, "arguments");
    const script = path.join(folder, "bin/xdg-open");
    writeFileSync(
      script,
      `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > '${told}.part' && mv '${told}.part' '${told}'\n`,
    );
    chmodSync(script, 0o755);
    const PATH = `${path.join(folder, "bin")}:${process.env["PATH"]}`;
    const viewing = await view(["a.zarr"], folder, { isOpened: true, env: { DISPLAY: ":9", PATH, CI: "" } });
    const token = new URL(viewing.url).pathname.split("/")[1]!;
    await expect.poll(() => readFileSync(told, "utf8"), { timeout: 20_000 }).toMatch(/^1\nfile:/);
    const [, place] = readFileSync(told, "utf8").trim().split("\n");
    expect(place).not.toContain(token);
    const file = fileURLToPath(place!);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const browser = await launch();
    const page = await browser.newPage();
    await page.goto(place!);
    await page.waitForURL(`${viewing.url}**`);
    await page.getByRole("application").waitFor();
    await browser.close();
    const { status } = await viewing.stop();
    expect(status).toBe(0);
    expect(() => statSync(file)).toThrow();
  });
});
