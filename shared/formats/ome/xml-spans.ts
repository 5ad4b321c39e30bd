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

/**
 * The root element of a well-formed text (see `parseXml`, which is to have checked it), with its descendants down to
 * `depth` levels below; undefined where there is none.
 */
export function xmlSpans(text: string, depth: number): XmlSpan | undefined {
  const stack: XmlSpan[] = [];
  let below = 0;
  for (let at = text.indexOf("<"); at >= 0; ) {
    const end = tokenEnd(text, at);
    if (end < 0) return undefined;
    const second = text[at + 1];
    if (second === "/") {
      if (below > 0) {
        below--;
      } else {
        const span = stack.pop();
        if (!span) return undefined;
        span.close = at;
        span.end = end;
        if (stack.length === 0) return span;
      }
    } else if (second !== "!" && second !== "?") {
      const selfClosing = text[end - 2] === "/";
      if (below > 0 || stack.length > depth) {
        if (!selfClosing) below++;
      } else {
        const span = spanOf(text, at, end, selfClosing);
        stack.at(-1)?.children.push(span);
        if (!selfClosing) stack.push(span);
        else if (stack.length === 0) return span;
      }
    }
    at = text.indexOf("<", end);
  }
  return undefined;
}

function spanOf(text: string, start: number, end: number, selfClosing: boolean): XmlSpan {
  TAG.lastIndex = start + 1;
  const tag = TAG.exec(text)?.[0] ?? "";
  const name = tag.slice(tag.indexOf(":") + 1);
  return { tag, name, start, open: end, close: end, end, selfClosing, children: [] };
}

const TAG = /[^\s/>]+/y;

/** Behind the tag, comment, CDATA section or instruction that begins at `at`; -1 where it doesn't end. */
function tokenEnd(text: string, at: number): number {
  const behind = (end: string) => {
    const found = text.indexOf(end, at);
    return found < 0 ? -1 : found + end.length;
  };
  if (text.startsWith("<!--", at)) return behind("-->");
  if (text.startsWith("<![CDATA[", at)) return behind("]]>");
  if (text.startsWith("<?", at)) return behind("?>");
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === ">") return i + 1;
    if (char !== '"' && char !== "'") continue;
    i = text.indexOf(char, i + 1);
    if (i < 0) return -1;
  }
  return -1;
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

/** An attribute of a start tag, by its place in it. */
interface AttributeSpan {
  readonly start: number;
  readonly end: number;
  /** As written, without quotes. */
  readonly value: string;
}

const ATTRIBUTE = /\s+([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;

function attributesOf(startTag: string): Map<string, AttributeSpan> {
  const found = new Map<string, AttributeSpan>();
  TAG.lastIndex = 1;
  TAG.exec(startTag);
  ATTRIBUTE.lastIndex = TAG.lastIndex;
  for (;;) {
    const start = ATTRIBUTE.lastIndex;
    const match = ATTRIBUTE.exec(startTag);
    if (!match) return found;
    found.set(match[1]!, { start, end: ATTRIBUTE.lastIndex, value: match[2] ?? match[3] ?? "" });
  }
}

/** The value of an attribute of a start tag, as written. */
export function attributeOf(startTag: string, name: string): string | undefined {
  return attributesOf(startTag).get(name)?.value;
}

/** A start tag with attributes set, or removed where the value is undefined. Values are written as they are, so they must be escaped. */
export function withAttributes(
  startTag: string,
  values: { readonly [name: string]: string | undefined },
): string {
  const known = attributesOf(startTag);
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const span = known.get(name);
    const text = value === undefined ? "" : ` ${name}="${value}"`;
    if (span) edits.push({ start: span.start, end: span.end, text });
    else added.push(text);
  }
  const close = startTag.length - (startTag.endsWith("/>") ? 2 : 1);
  edits.push({ start: close, end: close, text: added.join("") });
  return applyEdits(startTag, edits);
}
