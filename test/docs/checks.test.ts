import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  brokenLinks,
  type Repository,
  staleParts,
  strayMentions,
  unexplainedDependencies,
  unmentioned,
} from "../../scripts/docs/checks.ts";
import { GENERATED } from "../../scripts/docs/generated.ts";
import { ROOT } from "./workspace.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function repositoryOf(texts: { readonly [file: string]: string }): Repository {
  const root = mkdtempSync(path.join(os.tmpdir(), "lamella-checks-"));
  made.push(root);
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return { root, files: Object.keys(texts), read: (file) => readFileSync(path.join(root, file), "utf8") };
}

const ownDocument = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

describe("the documents of this repository", () => {
  it("agree with the sources", () => {
    const check = spawnSync(process.execPath, ["scripts/check-docs.ts"], { cwd: ROOT, encoding: "utf8" });
    expect(check.stderr).toBe("");
    expect(check.status).toBe(0);
  });
});

describe("brokenLinks", () => {
  it("finds files and headings that aren't there, on their line", () => {
    const repository = repositoryOf({
      "README.md":
        "[a](docs/a.md) [web](https://example.org/x)\n\n[b](docs/b.md)\n[c](docs/a.md#two-words)\n",
      "docs/a.md": "# Two words!\n[up](../README.md#gone) [self](#two-words)\n",
    });
    expect(brokenLinks(repository)).toEqual([
      "README.md:3: there is no docs/b.md",
      "docs/a.md:2: README.md has no heading #gone",
    ]);
  });

  it("leaves code alone, and does not follow links out of the repository", () => {
    const repository = repositoryOf({
      "a.md": "`[x](gone.md)`\n\n```md\n[y](gone.md)\n```\n\n[out](../elsewhere.md)\n",
    });
    expect(brokenLinks(repository)).toEqual(["a.md:7: there is no ../elsewhere.md"]);
  });
});

describe("staleParts", () => {
  const files = [...new Set(GENERATED.map(({ file }) => file))];
  const fresh = Object.fromEntries(files.map((file) => [file, ownDocument(file)]));

  it("finds a part that the sources say otherwise, and mends it", () => {
    const repository = repositoryOf({
      ...fresh,
      "docs/errors.md": fresh["docs/errors.md"]!.replace("`NOT_FOUND`", "`NOT_FOUNT`"),
    });
    expect(staleParts(repository)).toEqual([
      expect.stringMatching(/^docs\/errors\.md: the errors are out of date/),
    ]);
    staleParts(repository, (file, text) => writeFileSync(path.join(repository.root, file), text));
    expect(repository.read("docs/errors.md")).toBe(fresh["docs/errors.md"]);
    expect(staleParts(repository)).toEqual([]);
  });

  it("finds that a document has lost its place for one", () => {
    expect(staleParts(repositoryOf({ ...fresh, "docs/kernels.md": "# Kernels\n" }))).toEqual([
      "docs/kernels.md: has no place for the generated kernels",
    ]);
  });
});

describe("unmentioned", () => {
  it("finds commands, operations and keys that no document explains", () => {
    const repository = repositoryOf({
      "docs/status.md": ownDocument("docs/status.md").replaceAll("`convert`", "").replaceAll("`astype`", ""),
      "docs/pipelines.md": ownDocument("docs/pipelines.md").replaceAll("`ddof`", ""),
    });
    expect(unmentioned(repository)).toEqual([
      "docs/status.md: does not mention the command convert",
      "docs/pipelines.md: does not explain ddof (of var)",
      "docs/pipelines.md: does not explain ddof (of std)",
      "docs/pipelines.md: does not explain ddof (of nanvar)",
      "docs/pipelines.md: does not explain ddof (of nanstd)",
      "docs/status.md: does not mention the operation astype",
    ]);
  });
});

describe("unexplainedDependencies", () => {
  it("finds packages without a line, of another version, not pinned, and lines of none", () => {
    const repository = repositoryOf({
      "package.json": JSON.stringify({
        dependencies: { one: "1.0.0", "@scope/two": "2.0.0", loose: "^3.0.0" },
        devDependencies: { four: "4.0.0" },
      }),
      "docs/dependencies.md":
        "| package | version | why |\n| --- | --- | --- |\n| @scope/two | 2.0.1 | x |\n| loose | 3.0.0 | x |\n| `four` | 4.0.0 | x |\n| five | 5.0.0 | x |\n",
    });
    expect(unexplainedDependencies(repository)).toEqual([
      "docs/dependencies.md: has no line for one 1.0.0",
      "docs/dependencies.md: @scope/two is 2.0.0, the line says 2.0.1",
      "package.json: loose is not pinned exactly: ^3.0.0",
      "docs/dependencies.md: loose is ^3.0.0, the line says 3.0.0",
      "docs/dependencies.md: five is no dependency",
    ]);
  });
});

describe("strayMentions", () => {
  it("finds registries and paths of one machine", () => {
    const registry = ["pypi", "org"].join(".");
    const home = ["", "home", "me", "image.zarr"].join("/");
    const repository = repositoryOf({
      "a.lock": `from ${registry}\n`,
      "b.ts": `one\nread("${home}")\n`,
      "c.md": "https://example.org/home/me and src/home/me and s3://bucket/work/x are no such paths\n",
    });
    expect(strayMentions(repository)).toEqual([
      `a.lock: names the package registry ${registry}`,
      "b.ts:2: names a path of one machine",
    ]);
  });
});
