import { XMLParser, XMLValidator } from "fast-xml-parser";
import { LamellaError } from "../../errors.ts";

/** An element: attributes and children by local name, children always as lists. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: { readonly [name: string]: readonly XmlElement[] };
  readonly text: string;
}

/** OME-XML of a large plate is tens of megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

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
  if (text.length > MAX_BYTES) throw omeXmlError(where, `of ${text.length} characters is too long`);
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw omeXmlError(where, "has a document type, which is not read");
  const valid = XMLValidator.validate(text, { allowBooleanAttributes: false });
  if (valid !== true)
    throw omeXmlError(where, `is not well-formed: ${valid.err.msg} (line ${valid.err.line})`);
  let parsed: unknown;
  try {
    parsed = new XMLParser({
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
    }).parse(text);
  } catch (error) {
    throw omeXmlError(
      where,
      `does not parse: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  const root = (parsed as readonly RawNode[]).map(elementOf).find((element) => element !== undefined);
  if (!root) throw omeXmlError(where, "has no root element");
  return root;
}

/** fast-xml-parser's ordered form: one key is the name with a list of children, ":@" the attributes. */
interface RawNode {
  readonly [name: string]: unknown;
}

function elementOf(node: RawNode): XmlElement | undefined {
  const name = Object.keys(node).find((key) => key !== ":@" && key !== "#text");
  if (name === undefined) return undefined;
  const children: { [name: string]: XmlElement[] } = Object.create(null);
  let text = "";
  for (const child of node[name] as readonly RawNode[]) {
    if (typeof child["#text"] === "string") text += decodeEntities(child["#text"]);
    const element = elementOf(child);
    if (element) {
      children[element.name] ??= [];
      children[element.name]!.push(element);
    }
  }
  const attributes: { [name: string]: string } = Object.create(null);
  for (const [key, value] of Object.entries((node[":@"] as { [key: string]: string } | undefined) ?? {})) {
    attributes[key] = decodeEntities(String(value));
  }
  return { name, attributes, children, text };
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
