import type { Axis } from "../../block/axes.ts";
import { type DType, itemSize } from "../../block/dtype.ts";
import { toUnit } from "../ngff/units.ts";
import { type OmeImage, parseOmeXml } from "./model.ts";
import { omePixelType, omeSize } from "./write-xml.ts";
import { applyEdits, attributeOf, type Edit, withAttributes, type XmlSpan, xmlSpans } from "./xml-spans.ts";

/** What an Image of kept OME-XML is to describe. */
export interface KeptImage {
  /** T, C, Z, Y, X. */
  readonly shape: readonly [number, number, number, number, number];
  readonly dtype: DType;
  /** Scales that hold where the text says otherwise. */
  readonly axes: readonly Axis[];
  /** The first directory of its planes, which lie in order XYZCT. */
  readonly ifd: number;
}

export type KeptXml = { readonly xml: string } | { readonly reason: string };

/** OME > Image > Pixels > Channel, TiffData. */
const DEPTH = 3;

/**
 * OME-XML kept whole from another file, made to fit the one that is written: types, order of dimensions, byte order and
 * TiffData follow the pixels, sizes the axes; channels of several samples become one channel a sample, since each is a
 * plane. `images` are the text's Images in their order; all else stays as it is. Says why where the text can't describe
 * the pixels. Throws OME_XML_INVALID.
 */
export function keptOmeXml(
  text: string,
  images: readonly KeptImage[],
  { littleEndian, where }: { readonly littleEndian: boolean; readonly where: string },
): KeptXml {
  const xml = text.replace(/^\ufeff/, "");
  const model = parseOmeXml(xml, where);
  const root = xmlSpans(xml, DEPTH);
  const spans = root?.children.filter((child) => child.name === "Image") ?? [];
  if (!root || spans.length !== images.length || model.images.length !== images.length)
    return { reason: `it has ${spans.length} images, ${images.length} are written` };
  const year = schemaYear(xml.slice(root.start, root.open));
  const edits: Edit[] = [
    replace(root, withAttributes(xml.slice(root.start, root.open), { UUID: undefined })),
  ];
  for (const [i, image] of images.entries()) {
    const made = imageEdits(xml, spans[i]!, model.images[i]!, image, { littleEndian, year });
    if ("reason" in made) return { reason: `image ${i}: ${made.reason}` };
    edits.push(...made.edits);
  }
  return { xml: asTiffText(applyEdits(xml, edits)) };
}

/** The text with those of its Images only that `chosen` names, in their order; undefined where it has no such Images. */
export function chooseImages(text: string, chosen: readonly number[]): string | undefined {
  const root = xmlSpans(text, 1);
  const spans = root?.children.filter((child) => child.name === "Image") ?? [];
  if (chosen.some((i) => !spans[i])) return undefined;
  if (chosen.length === spans.length && chosen.every((image, i) => image === i)) return text;
  const picked = chosen.map((i) => text.slice(spans[i]!.start, spans[i]!.end)).join("");
  return applyEdits(
    text,
    spans.map((span, i) => ({ start: span.start, end: span.end, text: i === 0 ? picked : "" })),
  );
}

function imageEdits(
  xml: string,
  span: XmlSpan,
  model: OmeImage,
  image: KeptImage,
  file: { readonly littleEndian: boolean; readonly year: number },
): { readonly edits: Edit[] } | { readonly reason: string } {
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = image.shape;
  const sizes = { T: sizeT, C: sizeC, Z: sizeZ, Y: sizeY, X: sizeX };
  for (const [axis, size] of Object.entries(sizes)) {
    const said = model[`size${axis as keyof typeof sizes}`];
    if (said !== size) return { reason: `Size${axis} is ${said}, ${size} is written` };
  }
  const all = span.children.filter((child) => child.name === "Pixels");
  const pixels = all.find((child) => attribute(xml, child, "ID") === model.pixelsId) ?? all[0];
  if (!pixels) return { reason: "it has no Pixels" };
  const channels = channelEdits(xml, span, pixels, sizeC);
  if (!channels) return { reason: `its channels aren't ${sizeC} planes` };
  const start = withAttributes(xml.slice(pixels.start, pixels.open), {
    ...pixelAttributes(xml, pixels, image, file.littleEndian),
    ...sizeAttributes(model, image.axes, file.year),
  });
  const prefix = pixels.tag.slice(0, pixels.tag.length - pixels.name.length);
  // TiffData's PlaneCount was NumPlanes up to 2008.
  const count = file.year <= 2008 ? "NumPlanes" : "PlaneCount";
  const data = `<${prefix}TiffData IFD="${image.ifd}" ${count}="${sizeT * sizeC * sizeZ}"/>`;
  const edits = [...channels, ...all.filter((other) => other !== pixels).map(remove)];
  if (pixels.selfClosing) {
    edits.push({
      start: pixels.start,
      end: pixels.end,
      text: `${start.replace(/\s*\/>$/, ">")}${data}</${pixels.tag}>`,
    });
    return { edits };
  }
  edits.push(replace(pixels, start));
  const stored = pixels.children.filter(({ name }) => STORED.has(name));
  edits.push(...stored.slice(1).map(remove));
  if (stored[0]) {
    edits.push({ start: stored[0].start, end: stored[0].end, text: data });
  } else {
    // The schema's order is Channel, TiffData, Plane.
    const before = pixels.children.find(({ name }) => name !== "Channel");
    const at = before?.start ?? pixels.close;
    edits.push({ start: at, end: at, text: data });
  }
  return { edits };
}

/** Elements that say where pixels are. */
const STORED: ReadonlySet<string> = new Set(["TiffData", "BinData", "MetadataOnly"]);

function pixelAttributes(
  xml: string,
  pixels: XmlSpan,
  { dtype }: KeptImage,
  littleEndian: boolean,
): { [name: string]: string | undefined } {
  // PixelType in schemas up to 2008, where each Pixels says its byte order too.
  const old = attribute(xml, pixels, "PixelType") !== undefined;
  const bits = Number(attribute(xml, pixels, "SignificantBits") ?? 0);
  return {
    [old ? "PixelType" : "Type"]: omePixelType(dtype),
    DimensionOrder: "XYZCT",
    ...(attribute(xml, pixels, "BigEndian") === undefined ? {} : { BigEndian: String(!littleEndian) }),
    ...(bits > itemSize(dtype) * 8 ? { SignificantBits: undefined } : {}),
  };
}

/** Sizes where the image's axes say others than the text: the axes are what users see, and may have been corrected. */
function sizeAttributes(
  model: OmeImage,
  axes: readonly Axis[],
  year: number,
): { [name: string]: string | undefined } {
  const out: { [name: string]: string | undefined } = {};
  for (const axis of axes) {
    const name = axis.name as "t" | "z" | "y" | "x" | "c";
    const size = omeSize(axis);
    if (name === "c" || !size || axis.unit === undefined) continue;
    const said = model.physicalSize[name];
    const same =
      said?.unit !== undefined &&
      Math.abs(toUnit(said.value, said.unit, axis.unit) - axis.scale) <= 1e-9 * axis.scale;
    if (same) continue;
    const attributeName = name === "t" ? "TimeIncrement" : `PhysicalSize${name.toUpperCase()}`;
    if (year >= 2015) {
      out[attributeName] = String(size.value);
      out[`${attributeName}Unit`] = size.symbol;
    } else {
      // Before 2015 lengths are micrometres, and times seconds.
      out[attributeName] = String(toUnit(axis.scale, axis.unit, name === "t" ? "second" : "micrometer"));
    }
  }
  return out;
}

/** One channel for each plane; undefined where the channels are others. */
function channelEdits(xml: string, image: XmlSpan, pixels: XmlSpan, sizeC: number): Edit[] | undefined {
  const channels = pixels.children.filter(({ name }) => name === "Channel");
  if (channels.length === 0) {
    const logical = image.children.filter(({ name }) => name === "LogicalChannel");
    return logicalEdits(xml, logical);
  }
  const samples = channels.map((channel) => samplesOf(xml, channel));
  const total = samples.reduce((a, b) => a + b, 0);
  if (samples.every((n) => n === 1)) return total <= sizeC ? [] : undefined;
  const single = { SamplesPerPixel: "1" };
  if (channels.length === sizeC) {
    return channels.map((span) => replace(span, withAttributes(xml.slice(span.start, span.open), single)));
  }
  if (total !== sizeC) return undefined;
  return channels.map((span, i) => {
    const id = attribute(xml, span, "ID");
    const name = attribute(xml, span, "Name");
    const copies = Array.from({ length: samples[i]! }, (_, s) => {
      const tag = withAttributes(xml.slice(span.start, span.open), {
        ...single,
        ...(id === undefined || s === 0 ? {} : { ID: `${id}:${s}` }),
        ...(name === undefined || samples[i] === 1 ? {} : { Name: `${name} ${sampleName(s, samples[i]!)}` }),
        ...(samples[i]! > 1 ? { Color: sampleColor(s, samples[i]!) } : {}),
      });
      return tag + xml.slice(span.open, span.end);
    });
    return { start: span.start, end: span.end, text: copies.join("") };
  });
}

/** Schemas up to 2008: a channel's components are planes once it has one sample. */
function logicalEdits(xml: string, logical: readonly XmlSpan[]): Edit[] | undefined {
  const edits: Edit[] = [];
  for (const span of logical) {
    const samples = samplesOf(xml, span);
    if (samples === 1) continue;
    if (span.children.filter(({ name }) => name === "ChannelComponent").length !== samples) return undefined;
    edits.push(replace(span, withAttributes(xml.slice(span.start, span.open), { SamplesPerPixel: "1" })));
  }
  return edits;
}

function sampleName(sample: number, samples: number): string {
  return samples === 3 || samples === 4 ? ["Red", "Green", "Blue", "Alpha"][sample]! : String(sample);
}

/** OME's RGBA in one signed integer; undefined leaves the colour out. */
function sampleColor(sample: number, samples: number): string | undefined {
  return samples === 3 || samples === 4 ? ["-16776961", "16711935", "65535", undefined][sample] : undefined;
}

function samplesOf(xml: string, channel: XmlSpan): number {
  return Number(attribute(xml, channel, "SamplesPerPixel") ?? 1) || 1;
}

function attribute(xml: string, span: XmlSpan, name: string): string | undefined {
  return attributeOf(xml.slice(span.start, span.open), name);
}

function replace(span: XmlSpan, text: string): Edit {
  return { start: span.start, end: span.open, text };
}

function remove(span: XmlSpan): Edit {
  return { start: span.start, end: span.end, text: "" };
}

/** The year of the schema that the root names: 2016 for ".../Schemas/OME/2016-06", 2003 for the first, which has none. */
function schemaYear(rootTag: string): number {
  const year = /\/OME\/(\d{4})-\d\d/i.exec(rootTag)?.[1];
  return year ? Number(year) : /OME\/FC/i.test(rootTag) ? 2003 : 2016;
}

/**
 * UTF-8 whatever the declaration said. References to characters beyond ASCII become those characters: Bio-Formats takes them
 * for damage, and the whole file for a plain TIFF.
 */
function asTiffText(xml: string): string {
  const declared = xml.replace(/^(\s*<\?xml[^>]*?encoding\s*=\s*)(?:"[^"]*"|'[^']*')/, '$1"UTF-8"');
  return declared.replace(/&#(?:x([0-9a-f]{2,6})|([0-9]{3,7}));/gi, (whole, hex, decimal) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    // Those below are controls and what XML itself needs; surrogates are no characters.
    return code >= 0xa0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
      ? String.fromCodePoint(code)
      : whole;
  });
}
