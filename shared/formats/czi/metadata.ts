import type { HeaderReader } from "../header-reader.ts";
import { parseXml, type XmlElement } from "../ome/xml.ts";
import { isDamage } from "./error.ts";
import { openSegment, viewOf } from "./segment.ts";

/** What the metadata of a CZI say. Lengths are micrometres, times seconds, wavelengths nanometres. */
export interface CziMetadata {
  /** The XML as found, an `ImageDocument`. */
  readonly xml: string;
  readonly scaling: { readonly [axis in "x" | "y" | "z"]?: number };
  readonly timeIncrement?: number;
  readonly acquisitionDate?: string;
  readonly description?: string;
  /** By index along C. */
  readonly channels: readonly CziChannel[];
  /** By index along S. */
  readonly scenes: ReadonlyMap<number, string>;
  readonly objective?: CziObjective;
}

export interface CziChannel {
  readonly name?: string;
  /** "RRGGBB". */
  readonly color?: string;
  readonly fluor?: string;
  readonly illumination?: string;
  readonly acquisitionMode?: string;
  readonly excitation?: number;
  readonly emission?: number;
  readonly exposure?: number;
}

export interface CziObjective {
  readonly model?: string;
  readonly magnification?: number;
  readonly numericalAperture?: number;
  readonly immersion?: string;
}

const XML_OFFSET = 256;
const MAX_XML_BYTES = 64 * 1024 * 1024;
/** An exposure is in nanoseconds. */
const NANO = 1e-9;

/**
 * Reads the XML of the metadata segment. Pixels don't depend on it: what is wrong with it is returned as a reason.
 * Source: ZISRAW (CZI) File Format, "Metadata segment", and the schema of ZEN's metadata.
 */
export async function readMetadata(reader: HeaderReader, position: number): Promise<CziMetadata | string> {
  try {
    const { start, length } = await openSegment(reader, position, "ZISRAWMETADATA");
    const size = viewOf(await reader.read(start, 4)).getInt32(0, true);
    if (size < 0 || XML_OFFSET + size > length || size > MAX_XML_BYTES) return `its XML has ${size} bytes`;
    const xml = decodeXml(await reader.read(start + XML_OFFSET, size));
    return parseMetadata(xml, reader.file.uri);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error.message;
  }
}

function decodeXml(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0+$/, "");
}

/** Throws OME_XML_INVALID where the text is no XML. */
function parseMetadata(xml: string, where: string): CziMetadata {
  const root = parseXml(xml, where);
  const metadata = child(root, "Metadata");
  const information = child(metadata, "Information");
  const image = child(information, "Image");
  const dimensions = child(image, "Dimensions");
  const objective = objectiveOf(information, image);
  const timeIncrement = positive(text(dimensions, "T", "Positions", "Interval", "Increment"));
  const acquisitionDate =
    text(image, "AcquisitionDateAndTime") ?? text(information, "Document", "CreationDate");
  const description = text(information, "Document", "Description");
  return {
    xml,
    scaling: scalingOf(metadata),
    ...(timeIncrement === undefined ? {} : { timeIncrement }),
    ...(acquisitionDate === undefined ? {} : { acquisitionDate }),
    ...(description === undefined ? {} : { description }),
    channels: channelsOf(metadata, image, dimensions),
    scenes: scenesOf(dimensions),
    ...(objective === undefined ? {} : { objective }),
  };
}

function scalingOf(metadata: XmlElement | undefined): CziMetadata["scaling"] {
  const out: { [axis in "x" | "y" | "z"]?: number } = {};
  for (const distance of descend(metadata, "Scaling", "Items")?.children("Distance") ?? []) {
    const axis = distance.attribute("Id")?.toLowerCase();
    const metres = positive(text(distance, "Value"));
    // Fifteen digits, so that 1e-7 m is 0.1 µm, not 0.09999999999999999.
    if ((axis === "x" || axis === "y" || axis === "z") && metres !== undefined)
      out[axis] = Number((metres * 1e6).toPrecision(15));
  }
  return out;
}

function channelsOf(
  metadata: XmlElement | undefined,
  image: XmlElement | undefined,
  dimensions: XmlElement | undefined,
): CziChannel[] {
  const acquired = (child(dimensions, "Channels") ?? image)?.children("Channel") ?? [];
  const shown = descend(metadata, "DisplaySetting", "Channels")?.children("Channel") ?? [];
  return Array.from({ length: Math.max(acquired.length, shown.length) }, (_, index) => {
    const channel = acquired[index];
    const id = channel?.attribute("Id");
    const display =
      (id === undefined ? undefined : shown.find((each) => each.attribute("Id") === id)) ?? shown[index];
    const name = channel?.attribute("Name") || display?.attribute("Name") || text(display, "ShortName");
    const color = colorOf(text(display, "Color")) ?? colorOf(text(channel, "Color"));
    const fluor = text(channel, "Fluor") ?? text(display, "DyeName");
    const illumination = text(channel, "IlluminationType");
    const acquisitionMode = text(channel, "AcquisitionMode");
    const excitation = positive(text(channel, "ExcitationWavelength"));
    const emission = positive(text(channel, "EmissionWavelength"));
    const exposure = positive(text(channel, "ExposureTime"));
    return {
      ...(name ? { name } : {}),
      ...(color === undefined ? {} : { color }),
      ...(fluor === undefined ? {} : { fluor }),
      ...(illumination === undefined ? {} : { illumination }),
      ...(acquisitionMode === undefined ? {} : { acquisitionMode }),
      ...(excitation === undefined ? {} : { excitation }),
      ...(emission === undefined ? {} : { emission }),
      ...(exposure === undefined ? {} : { exposure: Number((exposure * NANO).toPrecision(15)) }),
    };
  });
}

function scenesOf(dimensions: XmlElement | undefined): Map<number, string> {
  const scenes = new Map<number, string>();
  for (const [index, scene] of (descend(dimensions, "S", "Scenes")?.children("Scene") ?? []).entries()) {
    const name = scene.attribute("Name");
    if (name) scenes.set(Number(scene.attribute("Index") ?? index), name);
  }
  return scenes;
}

/** The objective that the image was taken with: the one that it refers to, else the first. */
function objectiveOf(
  information: XmlElement | undefined,
  image: XmlElement | undefined,
): CziObjective | undefined {
  const all = descend(information, "Instrument", "Objectives")?.children("Objective") ?? [];
  const used = descend(image, "ObjectiveSettings", "ObjectiveRef")?.attribute("Id");
  const objective = all.find((each) => each.attribute("Id") === used) ?? all[0];
  if (!objective) return undefined;
  const model = text(objective, "Manufacturer", "Model") ?? objective.attribute("Name");
  const magnification = positive(text(objective, "NominalMagnification"));
  const numericalAperture = positive(text(objective, "LensNA"));
  const immersion = text(objective, "Immersion");
  return {
    ...(model ? { model } : {}),
    ...(magnification === undefined ? {} : { magnification }),
    ...(numericalAperture === undefined ? {} : { numericalAperture }),
    ...(immersion === undefined ? {} : { immersion }),
  };
}

/** "#AARRGGBB" or "#RRGGBB" as "RRGGBB". */
function colorOf(value: string | undefined): string | undefined {
  const match = /^#(?:[0-9a-f]{2})?([0-9a-f]{6})$/i.exec(value ?? "");
  return match?.[1]?.toUpperCase();
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children(name)[0];
}

function descend(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce(child, element);
}

function text(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const found = descend(element, ...path)?.text.trim();
  return found === "" ? undefined : found;
}

function positive(value: string | undefined): number | undefined {
  const number = Number(value);
  return value !== undefined && Number.isFinite(number) && number > 0 ? number : undefined;
}
