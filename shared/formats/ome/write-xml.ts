import type { Axis, Channel } from "../../block/axes.ts";
import type { DType } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { dimensionOf, toUnit } from "../ngff/units.ts";
import { omeUnit } from "./units.ts";
import { escapeXml } from "./xml.ts";

const NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/** OME's pixel types; it has none for 64-bit integers and half floats. */
const PIXEL_TYPE: { readonly [dtype in DType]?: string } = {
  bool: "uint8",
  int8: "int8",
  uint8: "uint8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  float32: "float",
  float64: "double",
};

export interface OmeXmlImage {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly shape: readonly [number, number, number, number, number];
  readonly dtype: DType;
  /** Scales and units by axis name; those of length and time are written. */
  readonly axes?: readonly Axis[];
  /** One an element of C. */
  readonly channels?: readonly Channel[];
}

/** OME's name of a pixel type. Throws UNSUPPORTED_DTYPE for what it has none for: int64, uint64, float16. */
export function omePixelType(dtype: DType): string {
  const type = PIXEL_TYPE[dtype];
  if (type) return type;
  throw new LamellaError("UNSUPPORTED_DTYPE", `OME-TIFF has no pixel type for ${dtype}`, {
    hint: `Cast to ${dtype === "float16" ? "float32" : "int32, uint32 or float64"} first.`,
    details: { dtype },
  });
}

/**
 * OME-XML (schema 2016-06) of images whose planes are a TIFF's directories, image after image, each in order XYZCT.
 * In UTF-8, which TIFF's ASCII has become in practice: Bio-Formats takes references to characters, such as that to "µ", for
 * damage. Throws UNSUPPORTED_DTYPE.
 */
export function writeOmeXml(
  images: readonly OmeXmlImage[],
  { littleEndian }: { readonly littleEndian: boolean },
): string {
  let ifd = 0;
  const elements = images.map((image, index) => {
    const element = imageElement(image, index, ifd, littleEndian);
    ifd += image.shape[0] * image.shape[1] * image.shape[2];
    return element;
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<OME xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xsi:schemaLocation="${NAMESPACE} ${NAMESPACE}/ome.xsd" Creator="Lamella">${elements.join("")}</OME>`
  );
}

function imageElement(image: OmeXmlImage, index: number, ifd: number, littleEndian: boolean): string {
  const { shape, dtype, axes = [], channels = [] } = image;
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = shape;
  const sizes = axes.flatMap((axis) => sizeAttributes(axis)).join("");
  const channelElements = Array.from({ length: sizeC }, (_, c) => channelElement(channels[c], index, c));
  return (
    `<Image ID="Image:${index}" Name="${escapeXml(image.name)}">` +
    `<Pixels ID="Pixels:${index}" DimensionOrder="XYZCT" Type="${omePixelType(dtype)}" ` +
    `BigEndian="${!littleEndian}" SizeX="${sizeX}" SizeY="${sizeY}" ` +
    `SizeZ="${sizeZ}" SizeC="${sizeC}" SizeT="${sizeT}"${sizes}>` +
    channelElements.join("") +
    `<TiffData IFD="${ifd}" PlaneCount="${sizeT * sizeC * sizeZ}"/></Pixels></Image>`
  );
}

const SIZE_NAMES: { readonly [axis: string]: string } = {
  t: "TimeIncrement",
  z: "PhysicalSizeZ",
  y: "PhysicalSizeY",
  x: "PhysicalSizeX",
};

function sizeAttributes(axis: Axis): string[] {
  const name = SIZE_NAMES[axis.name];
  const size = omeSize(axis);
  return name && size ? [` ${name}="${size.value}" ${name}Unit="${size.symbol}"`] : [];
}

/** The scale of an axis with OME's symbol of its unit; without a unit it is a bare number of pixels, which OME would take for micrometres. */
export function omeSize(axis: Axis): { readonly value: number; readonly symbol: string } | undefined {
  if (axis.unit === undefined || !(axis.scale > 0)) return undefined;
  const symbol = omeUnit(axis.unit);
  if (symbol) return { value: axis.scale, symbol };
  // OME-NGFF has units that OME's schema lacks.
  const dimension = dimensionOf(axis.unit);
  if (dimension === undefined) return undefined;
  const common = dimension === "length" ? "micrometer" : "second";
  return { value: toUnit(axis.scale, axis.unit, common), symbol: omeUnit(common)! };
}

function channelElement(channel: Channel | undefined, image: number, index: number): string {
  const name = channel ? ` Name="${escapeXml(channel.label)}"` : "";
  const color =
    channel?.color && /^[0-9a-f]{6}$/i.test(channel.color)
      ? ` Color="${(Number.parseInt(channel.color, 16) << 8) | 0xff}"`
      : "";
  return `<Channel ID="Channel:${image}:${index}"${name}${color} SamplesPerPixel="1"/>`;
}
