import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { Application, Converter } from "typedoc";
import { GUIDES } from "./docs/guides.ts";
import { brokenSiteLinks } from "./docs/site-links.ts";

/**
 * `npm run docs`: the guides and the reference of the TypeScript as pages that need no server, in build/docs (or a folder that is
 * given). Status 1 where a link of theirs leads nowhere.
 */
const root = path.resolve(import.meta.dirname, "..");
const out = path.resolve(process.argv[2] ?? path.join(root, "build/docs"));
process.chdir(root);
rmSync(out, { recursive: true, force: true });

const app = await Application.bootstrap({
  name: "Lamella",
  entryPoints: ["shared/index.ts", "shared/kernels/index.ts"],
  tsconfig: "tsconfig.build.json",
  readme: "README.md",
  projectDocuments: GUIDES.filter((file) => existsSync(file)),
  out,
  includeVersion: true,
  disableGit: true,
  disableSources: true,
  hideGenerator: true,
  // types of the graph's own nodes are named in passing, and need no pages
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  highlightLanguages: ["sh", "bash", "yaml", "json", "ts", "typescript", "javascript", "python"],
  sort: ["documents-first", "kind", "alphabetical"],
  // `npm run types` checks them
  skipErrorChecking: true,
  treatWarningsAsErrors: true,
});

/** A page is called what its first heading says. */
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
  const file = GUIDES.find((guide) => guide.toLowerCase() === `${document.name}.md`.toLowerCase());
  const heading = file && /^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1];
  if (heading) document.name = heading;
});

const project = await app.convert();
if (!project) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
const schema = path.join(root, "dist/pipeline.schema.json");
if (existsSync(schema)) copyFileSync(schema, path.join(out, "pipeline.schema.json"));

const broken = brokenSiteLinks(out);
for (const problem of broken) console.error(problem);
console.log(`${path.relative(process.cwd(), path.join(out, "index.html"))}: ${broken.length} broken links`);
process.exitCode = broken.length === 0 ? 0 : 1;
