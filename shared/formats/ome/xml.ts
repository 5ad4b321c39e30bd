import { LamellaError } from "../../errors.ts";

/** An element, by what is asked of it. Names are local: prefixes are dropped. */
export class XmlElement {
  readonly name: string;
  readonly #attributes: readonly string[];
  readonly #children: XmlElement[] = [];
  #text = "";

  /** `attributes` are names and values in turn, as written. */
  constructor(name: string, attributes: readonly string[]) {
    this.name = name;
    this.#attributes = attributes;
  }

  attribute(name: string): string | undefined {
    for (let i = 0; i < this.#attributes.length; i += 2) {
      if (this.#attributes[i] === name) return decodeEntities(this.#attributes[i + 1]!);
    }
    return undefined;
  }

  /** Child elements of a name, in order. */
  children(name: string): XmlElement[] {
    return this.#children.filter((child) => child.name === name);
  }

  /** The text directly in the element. */
  get text(): string {
    return this.#text;
  }

  /** For the parser. */
  append(child: XmlElement): void {
    this.#children.push(child);
  }

  /** For the parser: text as it is meant. */
  appendText(text: string): void {
    this.#text += text;
  }
}

export interface XmlOptions {
  /** Names of elements to keep; others are checked and left out, with all that is in them. Default: all. */
  readonly keep?: ReadonlySet<string>;
  /** Called with the elements of these names instead of keeping them, beside the element that they are in. */
  readonly visit?: {
    readonly names: ReadonlySet<string>;
    readonly call: (element: XmlElement, parent: XmlElement) => void;
  };
}

/** OME-XML of a large plate is tens of megabytes, most of it parts that are not looked at here. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Elements that are kept: each takes a few hundred bytes. */
const MAX_ELEMENTS = 2 ** 19;
const MAX_ATTRIBUTES = 512;
/** Of an attribute that is kept, and of a text: a longer one is left out. */
const MAX_VALUE = 2 ** 20;
/** How much of a bad piece a message shows. */
const SHOWN = 40;

export function omeXmlError(where: string, what: string, cause?: unknown): LamellaError {
  return new LamellaError("OME_XML_INVALID", `${where}: OME-XML ${what}`, {
    hint: "Write the file again, or remove its ImageDescription to read it as a plain TIFF.",
    details: { file: where },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The root element of an XML text, which is read once from front to back. Prefixes are dropped, so that any schema's
 * namespaces do. A document type is refused, so that no entity can be declared; the five that XML has and character
 * references are decoded. Depth, elements, attributes and lengths are bounded: neither time nor memory grow beyond the
 * text's length. Throws OME_XML_INVALID with the line. Source: XML 1.0, fifth edition.
 */
export function parseXml(text: string, where: string, options: XmlOptions = {}): XmlElement {
  if (text.length > MAX_CHARACTERS) throw omeXmlError(where, `of ${text.length} characters is too long`);
  return new XmlReader(text, where, options).read();
}

/** An element that is open: its tag as written, and what is kept of it. */
interface Open {
  readonly tag: string;
  readonly element: XmlElement | undefined;
  readonly visited: boolean;
}

const NAME = /[\p{L}_:][\p{L}\p{N}\p{M}_.:\u00b7-]*/uy;
const SPACE = /[ \t\r\n]*/y;

class XmlReader {
  readonly #text: string;
  readonly #where: string;
  readonly #options: XmlOptions;
  readonly #stack: Open[] = [];
  #root: XmlElement | undefined;
  #at = 0;
  #kept = 0;

  constructor(text: string, where: string, options: XmlOptions) {
    this.#text = text;
    this.#where = where;
    this.#options = options;
  }

  read(): XmlElement {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1;
    while (this.#at < text.length) {
      const next = text.indexOf("<", this.#at);
      const stop = next < 0 ? text.length : next;
      if (stop > this.#at) this.#characters(this.#at, stop, false);
      if (next < 0) break;
      this.#at = next;
      if (text.startsWith("<!--", next)) this.#at = this.#behind("-->", next + 4, "a comment");
      else if (text.startsWith("<![CDATA[", next)) this.#cdata();
      else if (text.startsWith("<?", next)) this.#at = this.#behind("?>", next + 2, "an instruction");
      else if (text.startsWith("<!", next)) this.#fail("has a document type, which is not read");
      else if (text.startsWith("</", next)) this.#endTag();
      else this.#startTag();
    }
    const open = this.#stack.at(-1);
    if (open) this.#fail(`ends within ${open.tag}`);
    if (!this.#root) throw omeXmlError(this.#where, "has no root element");
    return this.#root;
  }

  #startTag(): void {
    this.#at++;
    const tag = this.#name();
    if (this.#root && this.#stack.length === 0) this.#fail("has a second root element");
    if (this.#stack.length >= MAX_DEPTH) this.#fail(`is nested more than ${MAX_DEPTH} deep`);
    const name = localName(tag);
    const parent = this.#stack.at(-1);
    const { keep, visit } = this.#options;
    const inKept = parent === undefined || (parent.element !== undefined && !parent.visited);
    const visited = inKept && parent !== undefined && visit?.names.has(name) === true;
    const kept = inKept && (visited || parent === undefined || keep === undefined || keep.has(name));
    const attributes = this.#attributes(kept);
    const element = kept ? new XmlElement(name, attributes) : undefined;
    if (element && !visited && ++this.#kept > MAX_ELEMENTS)
      this.#fail(`has more than ${MAX_ELEMENTS} elements`);
    this.#root ??= element;
    const open = { tag, element, visited };
    const closed = this.#text[this.#at] === "/";
    if (closed) this.#at++;
    if (this.#text[this.#at] !== ">") this.#fail(`has a bad start tag of ${tag}`);
    this.#at++;
    if (closed) this.#finish(open);
    else this.#stack.push(open);
  }

  #endTag(): void {
    this.#at += 2;
    const tag = this.#name();
    this.#space();
    const open = this.#stack.pop();
    if (open?.tag !== tag || this.#text[this.#at] !== ">")
      this.#fail(`ends ${tag} where ${open ? `${open.tag} is open` : "nothing is open"}`);
    this.#at++;
    this.#finish(open);
  }

  #finish({ element, visited }: Open): void {
    const parent = this.#stack.at(-1)?.element;
    if (!element || !parent) return;
    if (visited) this.#options.visit!.call(element, parent);
    else parent.append(element);
  }

  /** Names and values in turn, where they are wanted. */
  #attributes(wanted: boolean): string[] {
    const text = this.#text;
    const out: string[] = [];
    const seen = new Set<string>();
    for (let count = 0; ; count++) {
      const spaced = this.#space();
      const char = text[this.#at];
      if (char === ">" || char === "/" || char === undefined) return out;
      if (!spaced) this.#fail("has attributes without space between them");
      if (count === MAX_ATTRIBUTES) this.#fail(`has more than ${MAX_ATTRIBUTES} attributes in an element`);
      const name = this.#name();
      this.#space();
      if (text[this.#at] !== "=") this.#fail(`has an attribute ${shown(name)} without a value`);
      this.#at++;
      this.#space();
      const quote = text[this.#at];
      if (quote !== '"' && quote !== "'") this.#fail(`has an attribute ${shown(name)} without quotes`);
      const from = this.#at + 1;
      const to = text.indexOf(quote, from);
      if (to < 0) this.#fail(`has an attribute ${shown(name)} that doesn't end`);
      const value = text.slice(from, to);
      if (value.includes("<")) this.#fail(`has a "<" in the attribute ${shown(name)}`);
      if (seen.has(name)) this.#fail(`has the attribute ${shown(name)} twice in an element`);
      seen.add(name);
      this.#at = to + 1;
      if (!wanted || name === "xmlns" || name.startsWith("xmlns:")) continue;
      if (value.length > MAX_VALUE) this.#fail(`has an attribute of ${value.length} characters`);
      out.push(localName(name), value);
    }
  }

  #cdata(): void {
    const from = this.#at + "<![CDATA[".length;
    const end = this.#behind("]]>", from, "a CDATA section");
    this.#characters(from, end - 3, true);
    this.#at = end;
  }

  #characters(from: number, to: number, literal: boolean): void {
    const open = this.#stack.at(-1);
    if (!open) {
      SPACE.lastIndex = from;
      SPACE.test(this.#text);
      if (literal || SPACE.lastIndex < to) this.#fail("has text outside of its root element", from);
      return;
    }
    // What is longer is no name or number: pixels in base 64, a picture.
    if (!open.element || open.element.text.length + to - from > MAX_VALUE) return;
    const piece = this.#text.slice(from, to);
    open.element.appendText(literal ? piece : decodeEntities(piece));
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text);
    if (!found)
      this.#fail(`has ${shown(this.#text.slice(this.#at, this.#at + SHOWN))} where a name should be`);
    this.#at = NAME.lastIndex;
    return found[0];
  }

  /** Whether there was any. */
  #space(): boolean {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    const moved = SPACE.lastIndex > this.#at;
    this.#at = SPACE.lastIndex;
    return moved;
  }

  #behind(end: string, from: number, what: string): number {
    const at = this.#text.indexOf(end, from);
    if (at < 0) this.#fail(`has ${what} that doesn't end`);
    return at + end.length;
  }

  #fail(what: string, at = this.#at): never {
    let line = 1;
    for (let i = this.#text.indexOf("\n"); i >= 0 && i < at; i = this.#text.indexOf("\n", i + 1)) line++;
    throw omeXmlError(this.#where, `${what} (line ${line})`);
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
}

const ENTITIES: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const ESCAPES: { readonly [char: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text for an attribute or element; characters that XML 1.0 forbids are dropped. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
      .replace(/[&<>"]/g, (char) => ESCAPES[char]!)
  );
}
