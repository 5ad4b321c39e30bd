import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Links of a folder of HTML pages to files and anchors that aren't in it. Web addresses are not looked up. */
export function brokenSiteLinks(folder: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".html"),
  );
  const anchors = new Map(
    pages.map((page) => [page, anchorsOf(readFileSync(path.join(folder, page), "utf8"))]),
  );
  const problems: string[] = [];
  for (const page of pages) {
    const html = readFileSync(path.join(folder, page), "utf8");
    for (const link of linksOf(html)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(link) || link === "#") continue;
      const [file, anchor] = link.split("#") as [string, string | undefined];
      const target = file === "" ? page : path.join(path.dirname(page), decodeURIComponent(file));
      if (target.startsWith("..") || !existsSync(path.join(folder, target)))
        problems.push(`${page}: there is no ${link}`);
      else if (statSync(path.join(folder, target)).isDirectory())
        problems.push(`${page}: ${link} is a folder`);
      else if (anchor && anchors.has(target) && !anchors.get(target)!.has(decodeURIComponent(anchor)))
        problems.push(`${page}: ${link} has no such heading`);
    }
  }
  return [...new Set(problems)];
}

function linksOf(html: string): string[] {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link]) => link!.replaceAll("&amp;", "&"));
}

function anchorsOf(html: string): Set<string> {
  return new Set(
    [...html.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, id]) => id!.replaceAll("&amp;", "&")),
  );
}
