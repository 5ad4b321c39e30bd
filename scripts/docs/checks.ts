import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { stepSchemas } from "../../shared/pipeline/schema.ts";
import { commands, GENERATED } from "./generated.ts";
import { anchorsOf, proseOf, replaceGenerated } from "./markdown.ts";

/** What is checked: texts by their path from the repository's root. */
export interface Repository {
  readonly root: string;
  readonly files: readonly string[];
  read(file: string): string;
}

/** The files that are, or would be, under version control. */
export function openRepository(root: string): Repository {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.split("\0").filter((file) => file !== "" && existsSync(path.join(root, file)));
  return { root, files, read: (file) => readFileSync(path.join(root, file), "utf8") };
}

export function documents(repository: Repository): string[] {
  return repository.files.filter((file) => file.endsWith(".md"));
}

/** Links to files and headings that aren't there. Web addresses are not looked up. */
export function brokenLinks(repository: Repository): string[] {
  const problems: string[] = [];
  for (const file of documents(repository)) {
    const text = repository.read(file);
    const prose = proseOf(text);
    for (const match of prose.matchAll(/\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)) {
      const target = match[1]!;
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      const line = prose.slice(0, match.index).split("\n").length;
      const [name, anchor] = target.split("#") as [string, string | undefined];
      const full = name === "" ? file : path.posix.join(path.posix.dirname(file), name);
      if (full.startsWith("..") || !existsSync(path.join(repository.root, full))) {
        problems.push(`${file}:${line}: there is no ${target}`);
      } else if (anchor !== undefined && full.endsWith(".md")) {
        if (!anchorsOf(repository.read(full)).has(anchor))
          problems.push(`${file}:${line}: ${full} has no heading #${anchor}`);
      }
    }
  }
  return problems;
}

/** Generated parts that differ from what the sources say; `write` brings them up to date instead. */
export function staleParts(repository: Repository, write?: (file: string, text: string) => void): string[] {
  const problems: string[] = [];
  for (const { file, name, render } of GENERATED) {
    const before = repository.files.includes(file) ? repository.read(file) : "";
    const after = replaceGenerated(before, name, render());
    if (after === undefined) problems.push(`${file}: has no place for the generated ${name}`);
    else if (after !== before && write) write(file, after);
    else if (after !== before)
      problems.push(`${file}: the ${name} are out of date; npm run docs:check -- --write mends them`);
  }
  return problems;
}

/** Commands, operations and the keys of pipeline files that the documents don't mention. */
export function unmentioned(repository: Repository): string[] {
  const problems: string[] = [];
  const status = repository.read("docs/status.md");
  for (const command of commands()) {
    if (!status.includes(`\`${command.name()}\``))
      problems.push(`docs/status.md: does not mention the command ${command.name()}`);
  }
  const pipelines = repository.read("docs/pipelines.md");
  for (const [op, schema] of Object.entries(stepSchemas)) {
    if (!status.includes(`\`${op}\``)) problems.push(`docs/status.md: does not mention the operation ${op}`);
    for (const word of [op, ...Object.keys(schema.shape)]) {
      if (!new RegExp(`\`${word}\\b`).test(pipelines))
        problems.push(`docs/pipelines.md: does not explain ${word} (of ${op})`);
    }
  }
  return [...new Set(problems)];
}

interface Packages {
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** Direct dependencies without a line in docs/dependencies.md, lines of another version, and lines of none. */
export function unexplainedDependencies(repository: Repository): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(repository.read("package.json")) as Packages;
  const direct = new Map(Object.entries({ ...dependencies, ...devDependencies }));
  const lines = new Map<string, string>();
  for (const match of repository
    .read("docs/dependencies.md")
    .matchAll(/^\|\s*`?(@?[\w./-]+)`?[^|]*\|\s*([\d.]+)\s*\|/gm))
    lines.set(match[1]!, match[2]!);
  const problems: string[] = [];
  for (const [name, version] of direct) {
    if (!/^\d+\.\d+\.\d+$/.test(version))
      problems.push(`package.json: ${name} is not pinned exactly: ${version}`);
    const line = lines.get(name);
    if (line === undefined) problems.push(`docs/dependencies.md: has no line for ${name} ${version}`);
    else if (line !== version)
      problems.push(`docs/dependencies.md: ${name} is ${version}, the line says ${line}`);
  }
  for (const name of lines.keys())
    if (!direct.has(name)) problems.push(`docs/dependencies.md: ${name} is no dependency`);
  return problems;
}

/** Put together so that this file doesn't mention them either. */
const REGISTRIES = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["npmjs", "com"],
  ["npm", "pkg", "github", "com"],
  ["pypi", "org"],
  ["files", "pythonhosted", "org"],
  ["proxy", "golang", "org"],
  ["crates", "io"],
  ["jsr", "io"],
].map((parts) => parts.join("."));
const MACHINE_PATH = /(?:^|[\s"'`(=:[{,])(?:file:\/\/)?\/(?:work|root|home|Users|mnt)\/[\w.-]/;
const LARGEST_TEXT = 4 * 2 ** 20;

/** Files that name a package registry, or a path that only one machine has. */
export function strayMentions(repository: Repository): string[] {
  const problems: string[] = [];
  for (const file of repository.files) {
    if (!statSync(path.join(repository.root, file)).isFile()) continue;
    const text = repository.read(file);
    if (text.length > LARGEST_TEXT || text.includes("\0")) continue;
    const host = REGISTRIES.find((name) => text.includes(name));
    if (host) problems.push(`${file}: names the package registry ${host}`);
    if (!MACHINE_PATH.test(text)) continue;
    const line = text.split("\n").findIndex((content) => MACHINE_PATH.test(content));
    problems.push(`${file}:${line + 1}: names a path of one machine`);
  }
  return problems;
}
