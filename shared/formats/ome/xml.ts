import { XMLParser, XMLValidator } from "fast-xml-parser";
import { LamellaError } from "../../errors.ts";

/** An element, by what is asked of it. Names are local: prefixes are dropped. */
export class XmlElement {
  readonly name: string;
  readonly #node: RawNode;

  constructor(name: string, node: RawNode) {
    this.name = name;
    this.#node = node;
  }

  attribute(name: string): string | undefined {
    const attributes = this.#node[":@"] as { readonly [name: string]: string } | undefined;
    return attributes && Object.hasOwn(attributes, name) ? decodeEntities(attributes[name]!) : undefined;
  }

  /** Child elements of a name, in order. */
  children(name: string): XmlElement[] {
    const nodes = this.#node[this.name] as readonly RawNode[];
    return nodes.filter((node) => Object.hasOwn(node, name)).map((node) => new XmlElement(name, node));
  }

  /** The text directly in the element. */
  get text(): string {
    const nodes = this.#node[this.name] as readonly RawNode[];
    return decodeEntities(
      nodes.map((node) => (Object.hasOwn(node, "#text") ? String(node["#text"]) : "")).join(""),
    );
  }
}

/** fast-xml-parser's ordered form: one key is the name with a list of children, ":@" the attributes. */
interface RawNode {
  readonly [name: string]: unknown;
}

/** OME-XML of a large plate is tens of megabytes, most of it parts that are not looked at here. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_PARSED = 32 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Positions and times of each plane; pixels kept as text. */
const UNUSED = /<((?:[\w.-]+:)?(?:Plane|BinData))\b[^<>]*?(?:\/>|>[^<]*<\/\1\s*>)/g;

export function omeXmlError(where: string, what: string, cause?: unknown): LamellaError {
  return new LamellaError("OME_XML_INVALID", `${where}: OME-XML ${what}`, {
    hint: "Write the file again, or remove its ImageDescription to read it as a plain TIFF.",
    details: { file: where },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The root element of an XML text. Prefixes are dropped, so that any schema's namespaces do. A document type is
 * refused, so that no entity can be declared; the five that XML has and character references are decoded here.
 * Throws OME_XML_INVALID.
 */
export function parseXml(text: string, where: string): XmlElement {
  if (text.length > MAX_CHARACTERS) throw omeXmlError(where, `of ${text.length} characters is too long`);
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw omeXmlError(where, "has a document type, which is not read");
  const used = text.replace(UNUSED, "");
  if (used.length > MAX_PARSED)
    throw omeXmlError(where, `has ${used.length} characters besides planes, too many`);
  const valid = XMLValidator.validate(used, { allowBooleanAttributes: false });
  if (valid !== true)
    throw omeXmlError(where, `is not well-formed: ${valid.err.msg} (line ${valid.err.line})`);
  let nodes: readonly RawNode[];
  try {
    nodes = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: "",
      removeNSPrefix: true,
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      maxNestedTags: MAX_DEPTH,
    }).parse(used);
  } catch (error) {
    throw omeXmlError(
      where,
      `does not parse: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  for (const node of nodes) {
    const name = Object.keys(node).find((key) => key !== ":@" && key !== "#text");
    if (name !== undefined) return new XmlElement(name, node);
  }
  throw omeXmlError(where, "has no root element");
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
