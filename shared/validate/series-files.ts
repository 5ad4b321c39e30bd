import { isLamellaError } from "../errors.ts";
import { OME_GROUP, OME_XML_KEY, readSeriesPaths } from "../formats/ngff/series.ts";
import { parseOmeXml } from "../formats/ome/model.ts";
import { joinKey } from "../storage/key.ts";
import { findZarrNode, type ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import { at, type Place } from "./findings.ts";
import { checkImage } from "./image-group.ts";
import { checkGroup, forEach, openGroup, placeOf, type Validation } from "./store.ts";

/**
 * The root of images from one file (`bioformats2raw.layout`): the images that `OME/` lists, or "0", "1", ... are there, as many as
 * the OME-XML has. Source: OME-NGFF 0.4 and 0.5, "bioformats2raw.layout".
 */
export async function checkSeriesFiles(
  validation: Validation,
  group: ZarrGroup,
  { place }: Described,
): Promise<void> {
  const { findings, store } = validation;
  const ome = await findZarrNode(store, joinKey(group.path, OME_GROUP));
  let paths: readonly string[] | undefined;
  let named = (_i: number): Place => at(place, "bioformats2raw.layout");
  if (ome?.kind === "group") {
    const described = checkGroup(validation, ome.group);
    paths = readSeriesPaths(ome.group.attributes);
    named = (i) => at(described.place, "series", i);
    await checkXml(validation, group, paths?.length, placeOf(ome.group));
  }
  if (paths === undefined) {
    paths = await numbered(validation, group);
    if (paths.length === 0)
      findings.error(
        "SERIES",
        named(0),
        "there is no image 0",
        'Images of this layout are named "0", "1", ..., or listed in OME as "series".',
      );
  }
  await forEach(validation, paths, async (path, i) => {
    const image = await openGroup(validation, joinKey(group.path, path), "SERIES", named(i));
    if (image) await checkImage(validation, image, "SERIES");
  });
}

async function numbered({ store }: Validation, group: ZarrGroup): Promise<string[]> {
  const paths: string[] = [];
  while ((await findZarrNode(store, joinKey(group.path, String(paths.length))))?.kind === "group")
    paths.push(String(paths.length));
  return paths;
}

async function checkXml(
  { store, findings }: Validation,
  group: ZarrGroup,
  series: number | undefined,
  place: Place,
): Promise<void> {
  const key = joinKey(group.path, OME_XML_KEY);
  const bytes = await store.get(key);
  if (!bytes) {
    findings.warn(
      "SERIES",
      place,
      `there is no ${OME_XML_KEY}`,
      "The group OME is there to hold the OME-XML: write it, or leave the group out.",
    );
    return;
  }
  try {
    const { images } = parseOmeXml(new TextDecoder().decode(bytes), key);
    if (series === undefined || images.length === series) return;
    findings.error(
      "SERIES",
      at(place, "series"),
      `${series} series are listed, the OME-XML has ${images.length} images`,
      "List one path for each Image, in its order.",
    );
  } catch (error) {
    if (!isLamellaError(error)) throw error;
    findings.error("SERIES", { file: key, pointer: "" }, error.message, "Write the OME-XML again.");
  }
}
