import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GUIDES } from "../../scripts/docs/guides.ts";
import { brokenSiteLinks } from "../../scripts/docs/site-links.ts";
import { ROOT } from "./workspace.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lamella-site-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the documentation's site", () => {
  it("is built without warnings or broken links, each guide by its heading", { timeout: 600_000 }, () => {
    const out = path.join(folder, "site");
    const done = spawnSync(process.execPath, ["scripts/build-docs.ts", out], { cwd: ROOT, encoding: "utf8" });
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
    const titles = readdirSync(path.join(out, "documents")).map(
      (page) => /<title>(.*?) \| Lamella/.exec(readFileSync(path.join(out, "documents", page), "utf8"))?.[1],
    );
    const there = GUIDES.filter((file) => existsSync(path.join(ROOT, file)));
    expect(there.length).toBeGreaterThan(15);
    for (const file of there) {
      const heading = /^# (.+)$/m.exec(readFileSync(path.join(ROOT, file), "utf8"))![1]!;
      expect(titles).toContain(heading);
    }
    expect(existsSync(path.join(out, "classes/index.LazyArray.html"))).toBe(true);
  });
});

describe("brokenSiteLinks", () => {
  it("finds files, headings and folders that a page can't reach", () => {
    const site = path.join(folder, "made");
    mkdirSync(path.join(site, "b/c"), { recursive: true });
    writeFileSync(
      path.join(site, "a.html"),
      '<a href="b/b.html#one"></a><a href="b/b.html#two"></a><img src="gone.png"><a href="b/c"></a><a href="https://example.org/x"></a>',
    );
    writeFileSync(
      path.join(site, "b/b.html"),
      '<h2 id="one"></h2><a href="../a.html"></a><a href="../../up.html"></a>',
    );
    expect(brokenSiteLinks(site)).toEqual([
      "a.html: b/b.html#two has no such heading",
      "a.html: there is no gone.png",
      "a.html: b/c is a folder",
      "b/b.html: there is no ../../up.html",
    ]);
  });
});
