import type { Axis, Channel } from "../../block/axes.ts";
import type { DType } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
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

export interface OmeXmlOptions {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly shape: readonly [number, number, number, number, number];
  readonly dtype: DType;
  /** Scales and units by axis name; those of length and time are written. */
  readonly axes?: readonly Axis[];
  /** One an element of C. */
  readonly channels?: readonly Channel[];
}

/**
 * OME-XML (schema 2016-06) of one image whose planes are a TIFF's directories in order XYZCT. All ASCII, as TIFF
 * wants its texts. Throws UNSUPPORTED_DTYPE.
 */
export function writeOmeXml(options: OmeXmlOptions): string {
  const { shape, dtype, axes = [], channels = [] } = options;
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = shape;
  const type = PIXEL_TYPE[dtype];
  if (!type) {
    throw new LamellaError("UNSUPPORTED_DTYPE", `OME-TIFF has no pixel type for ${dtype}`, {
      hint: `Cast to ${dtype === "float16" ? "float32" : "int32, uint32 or float64"} first.`,
      details: { dtype },
    });
  }
  const sizes = axes.flatMap((axis) => sizeAttributes(axis)).join("");
  const channelElements = Array.from({ length: sizeC }, (_, c) => channelElement(channels[c], c)).join("");
  const xml =
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<OME xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xsi:schemaLocation="${NAMESPACE} ${NAMESPACE}/ome.xsd" Creator="Lamella">` +
    `<Image ID="Image:0" Name="${escapeXml(options.name)}">` +
    `<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="${type}" SizeX="${sizeX}" SizeY="${sizeY}" ` +
    `SizeZ="${sizeZ}" SizeC="${sizeC}" SizeT="${sizeT}"${sizes}>` +
    channelElements +
    `<TiffData IFD="0" PlaneCount="${sizeT * sizeC * sizeZ}"/></Pixels></Image></OME>`;
  return xml.replace(/\P{ASCII}/gu, (char) => `&#${char.codePointAt(0)};`);
}

function sizeAttributes(axis: Axis): string[] {
  const name = { t: "TimeIncrement", z: "PhysicalSizeZ", y: "PhysicalSizeY", x: "PhysicalSizeX" }[axis.name];
  const unit = axis.unit === undefined ? undefined : omeUnit(axis.unit);
  // Without a unit the scale is a bare number of pixels, which OME would take for micrometres.
  if (!name || !unit || !(axis.scale > 0)) return [];
  return [` ${name}="${axis.scale}" ${name}Unit="${unit}"`];
}

function channelElement(channel: Channel | undefined, index: number): string {
  const name = channel ? ` Name="${escapeXml(channel.label)}"` : "";
  const color =
    channel?.color && /^[0-9a-f]{6}$/i.test(channel.color)
      ? ` Color="${(Number.parseInt(channel.color, 16) << 8) | 0xff}"`
      : "";
  return `<Channel ID="Channel:0:${index}"${name}${color} SamplesPerPixel="1"/>`;
}
