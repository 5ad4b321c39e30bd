/** A fenced block: "```yaml segment.yaml" has the language yaml and the rest of the line as its info. */
export interface FencedBlock {
  readonly language: string;
  readonly info: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced code blocks of a Markdown text, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  const lines = markdown.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const open = /^(`{3,})(\S*)\s*(.*)$/.exec(lines[i]!);
    if (!open) continue;
    const end = lines.findIndex((line, j) => j > i && line.startsWith(open[1]!));
    const last = end < 0 ? lines.length : end;
    blocks.push({
      language: open[2]!,
      info: open[3]!.trim(),
      text: `${lines.slice(i + 1, last).join("\n")}\n`,
      line: i + 1,
    });
    i = last;
  }
  return blocks;
}

/** The text with fenced blocks and inline code emptied, line numbers kept: what links and headings are looked for in. */
export function proseOf(markdown: string): string {
  let fenced = false;
  return markdown
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) {
        fenced = !fenced;
        return "";
      }
      return fenced ? "" : line.replace(/`[^`]*`/g, (code) => "`".repeat(code.length));
    })
    .join("\n");
}

/** The anchors of a Markdown text's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  let fenced = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) fenced = !fenced;
    const heading = fenced ? null : /^#{1,6}\s+(.*)$/.exec(line);
    if (!heading) continue;
    const slug = heading[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Rows as a Markdown table, the first the header. Bars in cells are escaped. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [header, ...rest] = rows;
  return [line(header!), line(header!.map(() => "---")), ...rest.map(line)].join("\n");
}

/**
 * The text with what lies between `<!-- generated: NAME -->` and `<!-- end -->` replaced; undefined where the text has no
 * such place.
 */
export function replaceGenerated(markdown: string, name: string, content: string): string | undefined {
  const open = `<!-- generated: ${name} -->`;
  const from = markdown.indexOf(open);
  const to = markdown.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) return undefined;
  return `${markdown.slice(0, from + open.length)}\n\n${content.trim()}\n\n${markdown.slice(to)}`;
}
