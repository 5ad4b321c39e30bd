/** An element of an XML text by its place in it, so that the rest of the text can stay as it is. */
export interface XmlSpan {
  /** With its prefix, as written. */
  readonly tag: string;
  /** Without prefix. */
  readonly name: string;
  readonly start: number;
  /** Behind the start tag; where it closes itself, the element's end. */
  readonly open: number;
  /** Where the end tag begins; `open` where the element closes itself. */
  close: number;
  end: number;
  readonly selfClosing: boolean;
  readonly children: XmlSpan[];
}

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([\p{L}_][\p{L}\p{N}_.:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/gu;

/**
 * The root element of a well-formed text (see `parseXml`, which is to have checked it), with its descendants down to
 * `depth` levels below; undefined where there is none.
 */
export function xmlSpans(text: string, depth: number): XmlSpan | undefined {
  const stack: XmlSpan[] = [];
  let below = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, slash, tag, attributes] = match;
    if (tag === undefined) continue;
    const end = match.index + whole.length;
    if (slash) {
      if (below > 0) {
        below--;
        continue;
      }
      const span = stack.pop();
      if (!span) return undefined;
      span.close = match.index;
      span.end = end;
      if (stack.length === 0) return span;
      continue;
    }
    const selfClosing = attributes!.endsWith("/");
    if (below > 0 || stack.length > depth) {
      if (!selfClosing) below++;
      continue;
    }
    const span: XmlSpan = {
      tag,
      name: tag.slice(tag.indexOf(":") + 1),
      start: match.index,
      open: end,
      close: end,
      end,
      selfClosing,
      children: [],
    };
    stack.at(-1)?.children.push(span);
    if (!selfClosing) stack.push(span);
    else if (stack.length === 0) return span;
  }
  return undefined;
}

/** A replacement of a part of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits made; they must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: replacement } of edits.toSorted(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    parts.push(text.slice(at, start), replacement);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

/** A start tag with attributes set, or removed where the value is undefined. Values are written as they are, so they must be escaped. */
export function withAttributes(
  startTag: string,
  values: { readonly [name: string]: string | undefined },
): string {
  let tag = startTag;
  for (const [name, value] of Object.entries(values)) {
    const known = new RegExp(`\\s+${name}\\s*=\\s*(?:"[^"]*"|'[^']*')`);
    const written = value === undefined ? "" : ` ${name}="${value}"`;
    if (known.test(tag)) tag = tag.replace(known, () => written);
    else if (value !== undefined) tag = tag.replace(/\s*\/?>$/, (end) => written + end.trim());
  }
  return tag;
}
