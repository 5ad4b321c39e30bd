import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  brokenLinks,
  openRepository,
  staleParts,
  strayMentions,
  unexplainedDependencies,
  unmentioned,
} from "./docs/checks.ts";

/**
 * `npm run docs:check`: do links resolve, are generated tables up to date, is every command and every dependency
 * explained, does nothing name a registry or a path of one machine? Prints what is wrong; status 1 if anything is.
 * With `--write`, brings the generated tables up to date first.
 */
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const repository = openRepository(root);
if (process.argv.includes("--write")) {
  staleParts(repository, (file, text) => {
    writeFileSync(path.join(root, file), text);
    console.log(`wrote ${file}`);
  });
}
const problems = [brokenLinks, staleParts, unmentioned, unexplainedDependencies, strayMentions].flatMap(
  (check) => check(repository),
);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log("the documents agree with the sources");
process.exitCode = problems.length === 0 ? 0 : 1;
