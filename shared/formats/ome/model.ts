import { type OmePlanes, PlaneFacts } from "./planes.ts";
import { ngffUnit } from "./units.ts";
import { omeXmlError, parseXml, type XmlElement } from "./xml.ts";

/** What Lamella takes from OME-XML. Sizes are those that the text declares; pixels may tell otherwise. */
export interface OmeDocument {
  readonly uuid?: string;
  /** The file that holds the metadata, where this one says BinaryOnly. */
  readonly metadataFile?: string;
  readonly images: readonly OmeImage[];
}

export interface OmeImage {
  readonly id?: string;
  readonly name?: string;
  /** Of the Pixels that are described here, where the image has several. */
  readonly pixelsId?: string;
  /** "XYZCT" and its like: X and Y, then the fastest axis first. */
  readonly dimensionOrder: string;
  readonly type: string;
  readonly sizeX: number;
  readonly sizeY: number;
  readonly sizeZ: number;
  readonly sizeC: number;
  readonly sizeT: number;
  /** Sizes, and the time increment, as attributes say them, else as the planes' positions and times do. */
  readonly physicalSize: { readonly [axis in "x" | "y" | "z" | "t"]?: PhysicalSize };
  /** By Channel element: a channel of three samples is one entry. */
  readonly channels: readonly OmeChannel[];
  readonly tiffData: readonly TiffData[];
  readonly planes?: OmePlanes;
}

export interface PhysicalSize {
  readonly value: number;
  /** OME-NGFF's name; absent for units that it has none for. */
  readonly unit?: string;
}

export interface OmeChannel {
  readonly name?: string;
  /** "RRGGBB". */
  readonly color?: string;
  readonly samples: number;
}

/** Which planes lie in which directories; absent numbers take the defaults of the OME-TIFF specification. */
export interface TiffData {
  readonly ifd?: number;
  readonly firstC: number;
  readonly firstZ: number;
  readonly firstT: number;
  readonly planeCount?: number;
  readonly fileName?: string;
  readonly uuid?: string;
}

const ORDERS = ["XYZCT", "XYZTC", "XYCZT", "XYCTZ", "XYTZC", "XYTCZ"];
const MAX_PLANES = 2 ** 22;
const MAX_IMAGES = 2 ** 16;

/** All that is looked at; a large file is mostly other things. */
const KEPT: ReadonlySet<string> = new Set([
  "BinaryOnly",
  "Image",
  "Pixels",
  "Channel",
  "LogicalChannel",
  "ChannelComponent",
  "TiffData",
  "UUID",
]);
const PLANE: ReadonlySet<string> = new Set(["Plane"]);

/** Whether a text looks like OME-XML: a root element of the name OME, with any prefix. */
export function isOmeXml(text: string): boolean {
  let head = text.slice(0, 65536).replace(/^\ufeff/, "");
  // Step by step: one pattern for all of it could be made to take minutes.
  for (;;) {
    head = head.trimStart();
    const end = head.startsWith("<?") ? "?>" : head.startsWith("<!--") ? "-->" : undefined;
    if (end === undefined) return /^<(?:[A-Za-z0-9_.-]+:)?OME[\s>]/.test(head);
    const at = head.indexOf(end);
    if (at < 0) return false;
    head = head.slice(at + end.length);
  }
}

/** Reads OME-XML of any schema from 2007-06 to 2016-06. Throws OME_XML_INVALID naming `where` and the element. */
export function parseOmeXml(text: string, where: string): OmeDocument {
  const planes = new Map<XmlElement, PlaneFacts>();
  const root = parseXml(text, where, {
    keep: KEPT,
    visit: {
      names: PLANE,
      call(element, parent) {
        const facts = planes.get(parent) ?? new PlaneFacts();
        planes.set(parent, facts);
        facts.add(element);
      },
    },
  });
  if (root.name !== "OME") throw omeXmlError(where, `starts with ${root.name}, not OME`);
  const binaryOnly = root.children("BinaryOnly")[0];
  const metadataFile = binaryOnly?.attribute("MetadataFile");
  const uuid = root.attribute("UUID");
  return {
    ...(uuid ? { uuid } : {}),
    ...(metadataFile ? { metadataFile } : {}),
    images: imagesOf(root, planes, where),
  };
}

function imagesOf(
  root: XmlElement,
  planes: ReadonlyMap<XmlElement, PlaneFacts>,
  where: string,
): readonly OmeImage[] {
  const images = root.children("Image");
  if (images.length > MAX_IMAGES)
    throw omeXmlError(where, `has ${images.length} images, more than can be held`);
  return images.map((image, i) => imageOf(image, i, planes, where));
}

function imageOf(
  image: XmlElement,
  index: number,
  planesOf: ReadonlyMap<XmlElement, PlaneFacts>,
  where: string,
): OmeImage {
  // Schemas up to 2008 let an image have several Pixels, and name the one to show.
  const all = image.children("Pixels");
  const chosen = image.attribute("DefaultPixels") ?? image.attribute("AcquiredPixels");
  const pixels = all.find((p) => p.attribute("ID") === chosen) ?? all[0];
  if (!pixels) throw omeXmlError(where, `Image ${index} has no Pixels`);
  const size = (name: string): number => {
    const value = integer(pixels, name, where);
    if (value === undefined || value < 1) throw omeXmlError(where, `Image ${index} has no valid ${name}`);
    return value;
  };
  const dimensionOrder = pixels.attribute("DimensionOrder") ?? "XYZCT";
  if (!ORDERS.includes(dimensionOrder)) {
    throw omeXmlError(where, `Image ${index} has DimensionOrder ${JSON.stringify(dimensionOrder)}`);
  }
  const [sizeZ, sizeC, sizeT] = [size("SizeZ"), size("SizeC"), size("SizeT")];
  if (sizeZ * sizeC * sizeT > MAX_PLANES) {
    throw omeXmlError(
      where,
      `Image ${index} has ${sizeZ} x ${sizeC} x ${sizeT} planes, more than can be held`,
    );
  }
  const id = image.attribute("ID");
  const name = image.attribute("Name");
  const pixelsId = pixels.attribute("ID");
  const planes = planesOf.get(pixels)?.result(sizeT, sizeZ);
  return {
    ...(id ? { id } : {}),
    ...(name ? { name } : {}),
    ...(pixelsId ? { pixelsId } : {}),
    dimensionOrder,
    type: pixels.attribute("Type") ?? pixels.attribute("PixelType") ?? "",
    sizeX: size("SizeX"),
    sizeY: size("SizeY"),
    sizeZ,
    sizeC,
    sizeT,
    physicalSize: physicalSizes(pixels, planes),
    channels: channelsOf(image, pixels, where),
    tiffData: pixels.children("TiffData").map((element) => tiffDataOf(element, where)),
    ...(planes ? { planes } : {}),
  };
}

function physicalSizes(pixels: XmlElement, planes: OmePlanes | undefined): OmeImage["physicalSize"] {
  const out: { [axis in "x" | "y" | "z" | "t"]?: PhysicalSize } = {};
  for (const axis of ["x", "y", "z", "t"] as const) {
    const name = axis === "t" ? "TimeIncrement" : `PhysicalSize${axis.toUpperCase()}`;
    const value = Number(pixels.attribute(name) ?? Number.NaN);
    if (!(value > 0 && Number.isFinite(value))) continue;
    const unit = ngffUnit(pixels.attribute(`${name}Unit`) ?? (axis === "t" ? "s" : "µm"));
    out[axis] = unit ? { value, unit } : { value };
  }
  if (!out.t && planes?.timeIncrement !== undefined) out.t = { value: planes.timeIncrement, unit: "second" };
  if (!out.z && planes?.spacing?.unit !== undefined) out.z = planes.spacing;
  return out;
}

function channelsOf(image: XmlElement, pixels: XmlElement, where: string): OmeChannel[] {
  const channels = pixels.children("Channel");
  // Before 2009, channels were LogicalChannels beside the pixels, each for one or more components.
  const elements = channels.length > 0 ? channels : image.children("LogicalChannel");
  return elements.flatMap((element) => {
    const color = element.attribute("Color");
    const label = element.attribute("Name") || element.attribute("Fluor");
    const channel: OmeChannel = {
      ...(label ? { name: label } : {}),
      ...(color ? colorOf(color) : {}),
      samples: Math.max(1, integer(element, "SamplesPerPixel", where) ?? 1),
    };
    const components = channels.length > 0 ? [] : element.children("ChannelComponent");
    if (components.length < 2) return [channel];
    return components.map((component) => {
      const domain = DOMAIN_COLORS[component.attribute("ColorDomain")?.toLowerCase() ?? ""];
      return { ...channel, ...(domain ? { color: domain } : {}), samples: 1 };
    });
  });
}

/** The first schemas' way to say which component is which. */
const DOMAIN_COLORS: { readonly [domain: string]: string } = {
  r: "FF0000",
  red: "FF0000",
  g: "00FF00",
  green: "00FF00",
  b: "0000FF",
  blue: "0000FF",
};

/** OME's colour is RGBA in one signed integer of 32 bits. */
function colorOf(text: string): { color?: string } {
  const value = Number(text);
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32) return {};
  return { color: (value >>> 8).toString(16).toUpperCase().padStart(6, "0") };
}

function tiffDataOf(element: XmlElement, where: string): TiffData {
  const ifd = integer(element, "IFD", where);
  const planeCount = integer(element, "PlaneCount", where) ?? integer(element, "NumPlanes", where);
  const uuid = element.children("UUID")[0];
  const fileName = uuid?.attribute("FileName");
  return {
    ...(ifd === undefined ? {} : { ifd }),
    firstC: integer(element, "FirstC", where) ?? 0,
    firstZ: integer(element, "FirstZ", where) ?? 0,
    firstT: integer(element, "FirstT", where) ?? 0,
    ...(planeCount === undefined ? {} : { planeCount }),
    ...(fileName ? { fileName } : {}),
    ...(uuid?.text ? { uuid: uuid.text.trim() } : {}),
  };
}

function integer(element: XmlElement, name: string, where: string): number | undefined {
  const text = element.attribute(name);
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** 31) {
    throw omeXmlError(where, `${element.name} has ${name}=${JSON.stringify(text.slice(0, 40))}`);
  }
  return value;
}
