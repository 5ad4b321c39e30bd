import type { Axis } from "../../block/axes.ts";
import { LamellaError } from "../../errors.ts";
import type { Hdf5File } from "./file.ts";
import type { StackedImage } from "./imaris.ts";

const MOST_TIMES = 4096;
const MOST_SETUPS = 256;
/** Names at a file's root that are neither. */
const OTHERS = 64;

/**
 * The images of a BigDataViewer file: one of each setup, in time, at full resolution (t00000/s00/0/cells); none where the file is of
 * another kind. Voxel sizes are in the XML beside it, which isn't read. Throws HDF5_UNSUPPORTED for more than 256 setups or 4,096
 * times. Source: the BigDataViewer file format.
 */
export async function bdvImages(file: Hdf5File): Promise<StackedImage[]> {
  // Two digits, and five, are the least that a number is written with.
  const names = (await file.children("", MOST_TIMES + MOST_SETUPS + OTHERS)).map(({ name }) => name);
  const times = names.filter((name) => /^t\d{5,}$/.test(name)).sort(byNumber);
  const setups = names.filter((name) => /^s\d{2,}$/.test(name)).sort(byNumber);
  if (times.length === 0 || setups.length === 0) return [];
  if (times.length > MOST_TIMES || setups.length > MOST_SETUPS) {
    throw new LamellaError(
      "HDF5_UNSUPPORTED",
      `${file.file.uri} has more than ${MOST_SETUPS} setups or ${MOST_TIMES} times`,
      {
        hint: "Name a dataset behind #, as in file.h5#t00000/s00/0/cells.",
        details: { uri: file.file.uri },
      },
    );
  }
  const images: StackedImage[] = [];
  for (const setup of setups) {
    const paths: string[] = [];
    for (const time of times) {
      const path = `${time}/${setup}/0/cells`;
      if ((await file.kindOf(path)) === "dataset") paths.push(path);
    }
    if (paths.length === 0) continue;
    // Left out, they would move the times after them.
    if (paths.length < times.length) {
      const lacking = times.find((time) => !paths.includes(`${time}/${setup}/0/cells`));
      throw new LamellaError(
        "HDF5_UNSUPPORTED",
        `${file.file.uri}: setup ${setup} has no image of ${lacking}`,
        {
          hint: `Name one dataset, such as ${file.file.uri}#${paths[0]}.`,
          details: { uri: file.file.uri, setup, time: lacking ?? "" },
        },
      );
    }
    const { type } = await file.info(paths[0]!);
    const axes = (["t", "c", "z", "y", "x"] as const).map(
      (name): Axis => ({
        name,
        type: name === "t" ? "time" : name === "c" ? "channel" : "space",
        scale: 1,
        translation: 0,
      }),
    );
    images.push({
      name: setup,
      paths: paths.map((path) => [path]),
      axes,
      ...(type.type === 0 && type.size === 2 && type.signed ? { dtype: "uint16" as const } : {}),
    });
  }
  return images;
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;
