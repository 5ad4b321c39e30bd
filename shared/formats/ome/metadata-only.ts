import type { Axis, Channel } from "../../block/axes.ts";
import type { DType } from "../../block/dtype.ts";
import { omeUnit } from "./units.ts";
import { escapeXml } from "./xml.ts";

const NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/** OME's pixel types. It has none for 64-bit integers and half floats: the nearest stands in, since pixels are elsewhere. */
const PIXEL_TYPE: { readonly [dtype in DType]: string } = {
  bool: "uint8",
  int8: "int8",
  uint8: "uint8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  int64: "int32",
  uint64: "uint32",
  float16: "float",
  float32: "float",
  float64: "double",
};

/** OME's names of what lies between lens and slide. */
const IMMERSIONS = ["Oil", "Water", "WaterDipping", "Air", "Multi", "Glycerol"];
const ILLUMINATIONS = ["Transmitted", "Epifluorescence", "Oblique", "NonLinear"];
const ACQUISITION_MODES = [
  "WideField",
  "LaserScanningConfocalMicroscopy",
  "SpinningDiskConfocal",
  "SlitScanConfocal",
  "MultiPhotonMicroscopy",
  "StructuredIllumination",
  "SingleMoleculeImaging",
  "TotalInternalReflection",
  "FluorescenceLifetime",
  "SpectralImaging",
  "FluorescenceCorrelationSpectroscopy",
  "NearFieldScanningOpticalMicroscopy",
  "SecondHarmonicGenerationImaging",
  "PALM",
  "STORM",
  "STED",
  "TIRF",
  "FSM",
  "LCM",
  "BrightField",
  "SweptFieldConfocal",
  "SPIM",
];
/** Exposures are written plane by plane, up to so many planes. */
const MAX_PLANES = 4096;

/** An image whose pixels are stored apart from the XML. */
export interface DescribedImage {
  readonly name: string;
  /** T, C, Z, Y, X. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly axes: readonly Axis[];
  /** One an element of C. */
  readonly channels: readonly DescribedChannel[];
  readonly acquisitionDate?: string;
  readonly description?: string;
}

export interface DescribedChannel extends Partial<Channel> {
  readonly fluor?: string;
  /** By OME's names; others are left out. */
  readonly illumination?: string;
  readonly acquisitionMode?: string;
  /** Nanometres. */
  readonly excitation?: number;
  readonly emission?: number;
  /** Seconds. */
  readonly exposure?: number;
}

export interface DescribedObjective {
  readonly model?: string;
  readonly magnification?: number;
  readonly numericalAperture?: number;
  readonly immersion?: string;
}

export interface DescribedFile {
  readonly images: readonly DescribedImage[];
  readonly objective?: DescribedObjective;
  /** The format's own XML, well-formed, kept whole as an annotation. */
  readonly original?: { readonly xml: string; readonly namespace: string };
}

/**
 * OME-XML (schema 2016-06) of images whose pixels lie beside it, in their order, as bioformats2raw writes
 * `OME/METADATA.ome.xml` for a file that brings none.
 */
export function describeImages({ images, objective, original }: DescribedFile): string {
  const annotation = original === undefined ? undefined : originalAnnotation(original);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<OME xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xsi:schemaLocation="${NAMESPACE} ${NAMESPACE}/ome.xsd" Creator="Lamella">` +
    (objective ? instrumentElement(objective) : "") +
    images
      .map((image, i) => imageElement(image, i, objective !== undefined, annotation !== undefined))
      .join("") +
    (annotation ?? "") +
    `</OME>`
  );
}

function instrumentElement({
  model,
  magnification,
  numericalAperture,
  immersion,
}: DescribedObjective): string {
  return (
    `<Instrument ID="Instrument:0"><Objective ID="Objective:0"` +
    attribute("Model", model) +
    attribute("Immersion", immersion === undefined ? undefined : (oneOf(IMMERSIONS, immersion) ?? "Other")) +
    attribute("LensNA", numericalAperture) +
    attribute("NominalMagnification", magnification) +
    `/></Instrument>`
  );
}

function imageElement(image: DescribedImage, index: number, instrument: boolean, annotated: boolean): string {
  const [sizeT, sizeC, sizeZ, sizeY, sizeX] = image.shape as [number, number, number, number, number];
  const date = dateOf(image.acquisitionDate);
  return (
    `<Image ID="Image:${index}" Name="${escapeXml(image.name)}">` +
    (date === undefined ? "" : `<AcquisitionDate>${date}</AcquisitionDate>`) +
    (image.description === undefined ? "" : `<Description>${escapeXml(image.description)}</Description>`) +
    (instrument ? `<InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0"/>` : "") +
    `<Pixels ID="Pixels:${index}" DimensionOrder="XYZCT" Type="${PIXEL_TYPE[image.dtype]}" SizeX="${sizeX}" ` +
    `SizeY="${sizeY}" SizeZ="${sizeZ}" SizeC="${sizeC}" SizeT="${sizeT}"${image.axes.map(sizeOf).join("")}>` +
    Array.from({ length: sizeC }, (_, c) => channelElement(image.channels[c] ?? {}, index, c)).join("") +
    `<MetadataOnly/>${planeElements(image)}</Pixels>` +
    (annotated ? `<AnnotationRef ID="Annotation:0"/>` : "") +
    `</Image>`
  );
}

function sizeOf(axis: Axis): string {
  const name = { t: "TimeIncrement", z: "PhysicalSizeZ", y: "PhysicalSizeY", x: "PhysicalSizeX" }[axis.name];
  const unit = axis.unit === undefined ? undefined : omeUnit(axis.unit);
  // Without a unit the scale is a bare number of pixels, which OME would take for micrometres.
  return name && unit && axis.scale > 0 ? ` ${name}="${axis.scale}" ${name}Unit="${unit}"` : "";
}

function channelElement(channel: DescribedChannel, image: number, index: number): string {
  const { label, color, fluor, illumination, acquisitionMode, excitation, emission } = channel;
  const rgba = color && /^[0-9a-f]{6}$/i.test(color) ? (Number.parseInt(color, 16) << 8) | 0xff : undefined;
  return (
    `<Channel ID="Channel:${image}:${index}"` +
    attribute("Name", label) +
    attribute("Color", rgba) +
    attribute("Fluor", fluor) +
    attribute("IlluminationType", oneOf(ILLUMINATIONS, illumination)) +
    attribute("AcquisitionMode", oneOf(ACQUISITION_MODES, acquisitionMode)) +
    (excitation === undefined ? "" : ` ExcitationWavelength="${excitation}" ExcitationWavelengthUnit="nm"`) +
    (emission === undefined ? "" : ` EmissionWavelength="${emission}" EmissionWavelengthUnit="nm"`) +
    ` SamplesPerPixel="1"/>`
  );
}

function planeElements({ shape, channels }: DescribedImage): string {
  const [sizeT = 1, sizeC = 1, sizeZ = 1] = shape;
  if (sizeT * sizeC * sizeZ > MAX_PLANES || !channels.some(({ exposure }) => exposure !== undefined))
    return "";
  let out = "";
  for (let t = 0; t < sizeT; t++) {
    for (let c = 0; c < sizeC; c++) {
      const { exposure } = channels[c] ?? {};
      if (exposure === undefined) continue;
      for (let z = 0; z < sizeZ; z++)
        out += `<Plane TheZ="${z}" TheT="${t}" TheC="${c}" ExposureTime="${exposure}" ExposureTimeUnit="s"/>`;
    }
  }
  return out;
}

function originalAnnotation({ xml, namespace }: { xml: string; namespace: string }): string {
  // Inside a document there is no other declaration, and what has no namespace must not come into OME's.
  const body = xml
    .replace(/^\ufeff?\s*<\?xml[^>]*\?>/, "")
    .trim()
    .replace(/<([A-Za-z_][\w:.-]*)([^>]*)>/, (tag, name: string, rest: string) =>
      /\sxmlns\s*=/.test(rest) ? tag : `<${name} xmlns=""${rest}>`,
    );
  return (
    `<StructuredAnnotations><XMLAnnotation ID="Annotation:0" Namespace="${escapeXml(namespace)}">` +
    `<Value>${body}</Value></XMLAnnotation></StructuredAnnotations>`
  );
}

/** The known name that a text is, but for case. */
function oneOf(known: readonly string[], text: string | undefined): string | undefined {
  return known.find((name) => name.toLowerCase() === text?.toLowerCase());
}

/** A date as XML Schema has it; undefined for other texts. */
function dateOf(text: string | undefined): string | undefined {
  const match = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?$/.exec(text ?? "");
  return match?.[0];
}

function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? "" : ` ${name}="${typeof value === "number" ? value : escapeXml(value)}"`;
}
