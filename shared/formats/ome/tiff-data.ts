import type { OmeImage, TiffData } from "./model.ts";
import { omeXmlError } from "./xml.ts";

/** A plane's place: the TiffData element that says so, and the directory in its file. */
export interface PlaneLocation {
  readonly data: TiffData;
  readonly ifd: number;
}

/**
 * Where each plane of an image lies, by (t * channels + c) * sizeZ + z with `channels` counted in planes: one of
 * three samples is one. Follows the OME-TIFF specification: without IFD and PlaneCount an element stands for all
 * directories of its file from the first on, with IFD alone for one, and planes run along DimensionOrder from
 * FirstZ, FirstC, FirstT. Of two elements for one plane the later holds. Planes that no element names are
 * undefined. `ifdCount` says how many directories a file has. Throws OME_XML_INVALID.
 */
export function locatePlanes(
  image: OmeImage,
  channels: number,
  ifdCount: (data: TiffData) => number,
  where: string,
): (PlaneLocation | undefined)[] {
  const { sizeZ, sizeT, dimensionOrder } = image;
  const total = sizeZ * channels * sizeT;
  const out = new Array<PlaneLocation | undefined>(total).fill(undefined);
  const sizes = { Z: sizeZ, C: channels, T: sizeT };
  const order = dimensionOrder.slice(2).split("") as ("Z" | "C" | "T")[];
  const elements = image.tiffData.length > 0 ? image.tiffData : [{ firstC: 0, firstZ: 0, firstT: 0 }];
  for (const data of elements) {
    const first = { Z: data.firstZ, C: firstChannel(data, image, channels), T: data.firstT };
    for (const axis of order) {
      if (first[axis] >= sizes[axis]) {
        throw omeXmlError(where, `TiffData starts at ${axis} ${first[axis]}, Size${axis} is ${sizes[axis]}`);
      }
    }
    const available = ifdCount(data);
    const start = data.ifd ?? 0;
    let count = data.planeCount ?? (data.ifd === undefined ? available : 1);
    if (start + count > available) {
      // Bio-Formats and tifffile read what is there where a writer counted planes too many.
      if (start >= available) {
        throw omeXmlError(
          where,
          `TiffData names IFD ${start}${data.fileName ? ` of ${data.fileName}` : ""}, which has ${available}`,
        );
      }
      count = available - start;
    }
    let position = 0;
    let step = 1;
    for (const axis of order) {
      position += first[axis] * step;
      step *= sizes[axis];
    }
    for (let i = 0; i < count && position + i < total; i++) {
      let rest = position + i;
      const at = { Z: 0, C: 0, T: 0 };
      for (const axis of order) {
        at[axis] = rest % sizes[axis];
        rest = Math.floor(rest / sizes[axis]);
      }
      out[(at.T * channels + at.C) * sizeZ + at.Z] = { data, ifd: start + i };
    }
  }
  return out;
}

/** FirstC counts channels; some writers count samples. */
function firstChannel(data: TiffData, image: OmeImage, channels: number): number {
  const samples = image.sizeC / channels;
  return data.firstC >= channels && data.firstC % samples === 0 ? data.firstC / samples : data.firstC;
}
