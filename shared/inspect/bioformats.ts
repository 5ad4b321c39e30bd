import type { Json } from "../errors.ts";
import { describeWithBioFormats } from "../formats/bioformats/describe.ts";
import type { BioFormatsOptions } from "../formats/bioformats/tools.ts";
import type { OmeImage } from "../formats/ome/model.ts";
import type { Inspection } from "./inspect.ts";

/** OME's names of dtypes that differ from numpy's. */
const DTYPES: { readonly [type: string]: string } = { float: "float32", double: "float64", bit: "bool" };

/** What a file of any format that Bio-Formats reads holds, as its showinf tells. Throws as `describeWithBioFormats`. */
export async function inspectWithBioFormats(
  uri: string,
  options: BioFormatsOptions = {},
): Promise<Inspection> {
  const { images } = await describeWithBioFormats(uri, options);
  return { kind: "bio-formats", uri, series: images.map(seriesOf) };
}

function seriesOf(image: OmeImage, index: number): Json {
  const { sizeT, sizeC, sizeZ, sizeY, sizeX, physicalSize, channels } = image;
  const axes = (["t", "c", "z", "y", "x"] as const).map((name) => {
    const size = name === "c" ? undefined : physicalSize[name];
    return {
      name,
      type: name === "t" ? "time" : name === "c" ? "channel" : "space",
      ...(size?.unit ? { unit: size.unit } : {}),
      scale: size?.value ?? 1,
    };
  });
  const named = channels.some(({ name, color }) => name !== undefined || color !== undefined);
  return {
    name: image.name ?? image.id ?? `Image ${index}`,
    axes,
    ...(named
      ? {
          channels: channels.map(({ name, color }, c) => ({
            label: name ?? `Channel ${c}`,
            ...(color ? { color } : {}),
          })),
        }
      : {}),
    shape: [sizeT, sizeC, sizeZ, sizeY, sizeX],
    dtype: DTYPES[image.type] ?? image.type,
  };
}
