import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const FOLDERS = ["cli", "shared", "functions", "infra"];
/** Where nobody reads it: what is given up on within the server, and what holds between parts of the library alone. */
const NOBODY_READS = [
  "shared/engine/local/inline-runner.ts",
  "shared/formats/tiff/write.ts",
  "shared/kernels/reduce/reduction-of.ts",
  "shared/serve/http/answer.ts",
  "shared/serve/on-demand/task-pool.ts",
  "shared/serve/on-demand/worker.ts",
];

/** The arguments of each error that a source makes: text up to the bracket that closes them. */
function errorsIn(source: string): string[] {
  return [...source.matchAll(/new LamellaError\(/g)].map(({ index }) => {
    const start = index + "new LamellaError(".length;
    let depth = 1;
    let quote = "";
    let at = start;
    for (; at < source.length && depth > 0; at++) {
      const letter = source[at]!;
      if (letter === "\\") at++;
      else if (quote !== "") quote = letter === quote ? "" : quote;
      else if ("\"'`".includes(letter)) quote = letter;
      else if (letter === "(") depth++;
      else if (letter === ")") depth--;
    }
    return source.slice(start, at - 1);
  });
}

it("every error that somebody meets says what to do next", () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(folder, name)),
  ).filter((file) => !file.includes("node_modules") && !NOBODY_READS.includes(file));
  const found = files.flatMap((file) =>
    errorsIn(readFileSync(file, "utf8")).map((text) => ({ file, text: text.replace(/\s+/g, " ") })),
  );
  expect(found.length).toBeGreaterThan(500);
  // An error within Lamella has the hint that it is one.
  const without = found.filter(({ text }) => !/\bhint\b/.test(text) && !text.trim().startsWith('"INTERNAL"'));
  expect(without.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
});
